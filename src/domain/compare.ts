import { formatCount } from './format.ts';
import type { Omitted } from './restore.ts';
import type { Proof, SequenceProof, TableProof } from './proof.ts';
import type {
  DatabaseProperties,
  SequenceReading,
  SequenceValue,
  TableFingerprint,
} from './source-reading.ts';

/** A sequence's value with the sequence's name. */
export interface NamedSequence {
  readonly schema: string;
  readonly sequence: string;
  readonly value: SequenceValue;
}

/** Every table of the source against the restored one of that name. */
export function compareTables(
  expected: readonly TableFingerprint[],
  restored: readonly TableFingerprint[],
): TableProof[] {
  const found = new Map(restored.map((each) => [key(each.schema, each.table), each]));
  return expected.map(({ schema, table, rows, hash }) => {
    const other = found.get(key(schema, table));
    return {
      schema,
      table,
      expected: { rows, hash },
      restored: other ? { rows: other.rows, hash: other.hash } : null,
      equal: other?.rows === rows && other.hash === hash,
    };
  });
}

/**
 * Each sequence must have exactly the value that the dump sets. Sequences are not MVCC, so that value need not lie
 * between the source's readings before and after: it is said, no more.
 */
export function compareSequences(
  readings: readonly SequenceReading[],
  dumped: readonly NamedSequence[],
  restored: readonly NamedSequence[],
): SequenceProof[] {
  const byKey = (list: readonly NamedSequence[]) =>
    new Map(list.map((each) => [key(each.schema, each.sequence), each.value]));
  const [inDump, found] = [byKey(dumped), byKey(restored)];
  const read = new Map(readings.map((each) => [key(each.schema, each.sequence), each]));
  const named = new Map(
    [...dumped, ...readings].map((each) => [key(each.schema, each.sequence), each]),
  );
  return [...named].map(([name, { schema, sequence }]) => {
    const [set, got] = [inDump.get(name) ?? null, found.get(name) ?? null];
    const equal = set !== null && got?.value === set.value && got.isCalled === set.isCalled;
    return {
      schema,
      sequence,
      dumped: set,
      restored: got,
      equal,
      note: noteOn(set, read.get(name)),
    };
  });
}

function noteOn(dumped: SequenceValue | null, reading: SequenceReading | undefined): string | null {
  if (!dumped || !reading?.before || !reading.after) return null;
  const [before, after] = [BigInt(reading.before.value), BigInt(reading.after.value)];
  const [low, high] = before < after ? [before, after] : [after, before];
  const value = BigInt(dumped.value);
  if (value >= low && value <= high) return null;
  return `dumped ${value}, outside of ${low} to ${high} as read before and after: it was set while being dumped`;
}

/** What of the properties may differ: the locale where the server lacks it, the rest where it was not restored. */
interface Ignored extends Omitted {
  readonly locale: boolean;
}

/** The database's own properties that differ, one line each. */
export function compareProperties(
  expected: DatabaseProperties,
  restored: DatabaseProperties,
  ignored: Ignored,
): string[] {
  const [wanted, got] = [facts(expected, ignored), facts(restored, ignored)];
  return Object.entries(wanted).flatMap(([fact, value]) =>
    value === got[fact]
      ? []
      : [`database's ${fact}: expected ${show(value)}, restored ${show(got[fact])}`],
  );
}

function facts(properties: DatabaseProperties, ignored: Ignored): Record<string, string | null> {
  const { owner, encoding, collate, ctype, localeProvider, icuLocale } = properties;
  const settings = Object.fromEntries(
    properties.settings.filter(isCompared(ignored)).map(({ role, setting }) => {
      const [name, value] = splitAt(setting, '=');
      return [`setting '${name}'${role === null ? '' : ` of role '${role}'`}`, value];
    }),
  );
  return {
    ...(ignored.owners ? {} : { owner }),
    encoding,
    ...(ignored.locale ? {} : { collate, ctype, localeProvider, icuLocale }),
    ...(ignored.privileges ? {} : { grants: grants(properties) }),
    'connection limit': String(properties.connectionLimit),
    comment: properties.comment,
    'list of settings': Object.keys(settings).sort().join(', '),
    ...settings,
  };
}

function isCompared({ privileges }: Omitted): (setting: { role: string | null }) => boolean {
  return ({ role }) => role === null || !privileges;
}

/** PostgreSQL's default may be written as null or in full. */
function grants({ acl, owner }: DatabaseProperties): string {
  const items =
    acl ?? ['=Tc/', `${quoteAclName(owner)}=CTc/`].map((item) => item + quoteAclName(owner));
  return [...items].sort().join(' ');
}

function quoteAclName(name: string): string {
  return /^[a-zA-Z0-9_\u0080-\uffff]+$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

function splitAt(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function show(value: string | null | undefined): string {
  return value === null || value === undefined ? 'none' : `'${value}'`;
}

type Findings = Pick<
  Proof,
  'tables' | 'sequences' | 'largeObjects' | 'schemaObjects' | 'otherDifferences'
>;

/** Everything that differs, one line each, in the order in which it matters: rows first. */
export function listMismatches(findings: Findings): string[] {
  return [
    ...findings.tables.filter(({ equal }) => !equal).map(tableLine),
    ...(findings.largeObjects.equal ? [] : [largeObjectsLine(findings.largeObjects)]),
    ...findings.sequences.filter(({ equal }) => !equal).map(sequenceLine),
    ...findings.schemaObjects.differences.map(({ entry, problem }) => `${entry} is ${problem}`),
    ...findings.otherDifferences,
  ];
}

/** The first mismatch and how many there are besides. */
export function summarise(mismatches: readonly string[]): string | null {
  const [first, ...others] = mismatches;
  if (first === undefined) return null;
  return others.length === 0 ? first : `${first} (and ${others.length} more)`;
}

function tableLine({ schema, table, expected, restored }: TableProof): string {
  const name = `table '${schema}.${table}'`;
  if (restored === null) return `${name} is missing`;
  if (restored.rows !== expected.rows)
    return `${name}: ${formatCount(expected.rows, 'row')} expected, ${restored.rows} restored`;
  return `${name}: other contents in ${formatCount(expected.rows, 'row')}`;
}

function largeObjectsLine({ expected, restored }: Proof['largeObjects']): string {
  if (restored !== null && restored.rows === expected.rows)
    return `large objects: other contents in ${formatCount(expected.rows, 'object')}`;
  return `large objects: ${expected.rows} expected, ${restored?.rows ?? 'none'} restored`;
}

function sequenceLine({ schema, sequence, dumped, restored }: SequenceProof): string {
  const name = `sequence '${schema}.${sequence}'`;
  if (dumped === null) return `${name}: its value is not in the dump`;
  if (restored === null) return `${name} is missing`;
  return `${name}: ${valueText(dumped)} dumped, ${valueText(restored)} restored`;
}

function valueText({ value, isCalled }: SequenceValue): string {
  return `${value}${isCalled ? '' : ' (not called)'}`;
}

function key(schema: string, name: string): string {
  return JSON.stringify([schema, name]);
}
