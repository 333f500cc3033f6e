import type { BackupSummary } from '../../domain/backup.ts';
import type { Manifest } from '../../domain/manifest.ts';
import type { Proof } from '../../domain/proof.ts';
import { reportTexts, type Fact, type ReportLanguage, type ReportTexts } from './texts.ts';

export interface ReportedBackup {
  readonly summary: BackupSummary;
  readonly manifest: Manifest | null;
  readonly proof: Proof | null;
}

/** A page for an auditor: one backup and its newest proof, whole, without anything that has to be fetched. */
export function proofReport(backup: ReportedBackup, language: ReportLanguage): string {
  const texts = reportTexts[language];
  const { summary, proof } = backup;
  const state = proof?.state ?? 'none';
  return [
    `<!doctype html><html lang="${language}"><head><meta charset="utf-8">`,
    `<title>${texts.title}: ${escaped(summary.id)}</title><style>${style}</style></head><body>`,
    `<h1>${texts.title}</h1><p class="${state}">${texts.states[state]}</p>`,
    table([], facts(backup, texts)),
    section(texts.sections.copies, copies(summary, texts)),
    ...(proof ? proofSections(proof, texts) : []),
    '</body></html>',
  ].join('\n');
}

const style = `body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%}th,td{border:1px solid #bbb;padding:.25rem .5rem;text-align:left;overflow-wrap:anywhere;vertical-align:top}
.proven{color:#0a6b2d}.failed{color:#a30000}.unproven,.none{color:#8a5a00}.proven,.failed,.unproven,.none{font-weight:600}`;

type KnownFact = [Fact, string | number | undefined | null];

function facts(backup: ReportedBackup, texts: ReportTexts): string[][] {
  return [...artifactFacts(backup), ...(backup.proof ? testFacts(backup.proof, texts) : [])]
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([fact, value]) => [texts.facts[fact], String(value)]);
}

function artifactFacts({ summary, manifest }: ReportedBackup): KnownFact[] {
  const { kind, module, artifact } = summary;
  return [
    ['backup', summary.id],
    ['database', summary.database],
    ['kind', module === null ? kind : `${kind}, ${module}`],
    ['recoveryPoint', manifest?.snapshotAt],
    ['artifact', manifest?.artifact.file],
    ['bytes', artifact?.bytes],
    ['sha256', artifact?.sha256],
    ['encryption', manifest?.artifact.readers?.join(', ')],
    ['written', manifest?.writtenBy],
  ];
}

function testFacts(proof: Proof, texts: ReportTexts): KnownFact[] {
  return [
    ['tested', `${proof.startedAt} – ${proof.finishedAt}`],
    ['took', proof.seconds],
    ['from', proof.destination ?? texts.directly],
    ['server', versionText(proof.scratchServerVersion)],
    ['reason', proof.reason],
  ];
}

function copies({ copies: all }: BackupSummary, { columns }: ReportTexts): string {
  return table(
    [columns.destination, columns.state, columns.where],
    all.map(({ destination, state, uri }) => [destination, state, uri]),
  );
}

function proofSections(proof: Proof, texts: ReportTexts): string[] {
  const { sections } = texts;
  const list = (lines: readonly string[]) =>
    lines.length === 0
      ? `<p>${texts.nothing}</p>`
      : `<ul>${lines.map((line) => `<li>${escaped(line)}</li>`).join('')}</ul>`;
  return [
    section(sections.compared, `<p>${texts.method}</p>`),
    section(sections.differences, list(differences(proof))),
    section(
      sections.notCompared,
      list(proof.notCompared.map(({ what, why }) => `${what}: ${why}`)),
    ),
    section(sections.warnings, list(proof.warnings)),
    section(sections.tables, tables(proof, texts)),
  ];
}

function differences(proof: Proof): string[] {
  const { schemaObjects, otherDifferences, sequences, largeObjects } = proof;
  return [
    ...schemaObjects.differences.map(({ entry, problem }) => `${entry}: ${problem}`),
    ...sequences.filter(({ equal }) => !equal).map((one) => `${one.schema}.${one.sequence}`),
    ...(largeObjects.equal ? [] : ['large objects']),
    ...otherDifferences,
  ];
}

function tables(proof: Proof, { columns, equal }: ReportTexts): string {
  return table(
    [columns.table, columns.rows, columns.restored, columns.hash, columns.equal],
    proof.tables.map((one) => [
      `${one.schema}.${one.table}`,
      String(one.expected.rows),
      String(one.restored?.rows ?? '–'),
      one.expected.hash,
      one.equal ? equal.yes : equal.no,
    ]),
  );
}

function section(title: string, content: string): string {
  return `<h2>${title}</h2>${content}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[], tag: 'th' | 'td') =>
    `<tr>${cells.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`;
  const first = head.length === 0 ? '' : line(head, 'th');
  return `<table>${first}${rows.map((cells) => line(cells, 'td')).join('\n')}</table>`;
}

/** 150018 → 15.18 */
function versionText(version: number | null): string | null {
  if (version === null) return null;
  return `${Math.floor(version / 10_000)}.${version % 10_000}`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.codePointAt(0)};`);
}
