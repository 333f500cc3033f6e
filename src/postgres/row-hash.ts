import { escapeIdentifier } from 'pg';
import type { ColumnDescription } from './columns.ts';

/**
 * An SQL expression, a 64-bit hash of one row: a chain over the columns in the order of their names, each column's hash
 * seeded with the previous one's. Its value does not depend on the physical order of the columns, nor on which of them
 * are NOT NULL. Needs a session that went through `pinSession`.
 */
export function rowHash(columns: readonly ColumnDescription[]): string {
  const ordered = [...columns].sort((a, b) => (a.name < b.name ? -1 : 1));
  const chains: string[] = [];
  for (let start = 0; start < ordered.length; start += longestChain) {
    chains.push(ordered.slice(start, start + longestChain).reduce(seeded, '0::int8'));
  }
  const [only] = chains;
  if (only === undefined) return '0::int8';
  if (chains.length === 1) return only;
  return `hashtextextended(concat_ws(' ', ${chains.join(', ')}) COLLATE "C", 0)`;
}

/** PostgreSQL parses nested calls recursively: a chain of 1600 columns would not fit into its stack. */
const longestChain = 100;

function seeded(seed: string, column: ColumnDescription): string {
  const value = escapeIdentifier(column.name);
  const hash = directHashes[column.baseType];
  if (hash) return hash(value, seed, column.notNull);
  return printedHash(value, seed, column);
}

type ColumnHash = (value: string, seed: string, notNull: boolean) => string;

/**
 * Functions of PostgreSQL's hash operator classes that tell apart any two values of the type, by OID. Those of other
 * types fold 64 bits into 32 (timestamps) or take what is equal for what is the same (1.0 and 1.00, -0 and 0).
 */
const directHashes: Readonly<Record<number, ColumnHash>> = {
  16: boolHash,
  17: call('hash_array_extended', inArray, 'bytea', `''`), // its own takes `internal`
  18: call('hashcharextended', plain, '"char"', `''`),
  19: call('hashnameextended', plain, 'name', `''`),
  20: bigintHash,
  21: call('hashint2extended', plain, 'int2', '0'),
  23: call('hashint4extended', plain, 'int4', '0'),
  25: call('hashtextextended', bytewise, 'text', `''`),
  26: call('hashoidextended', plain, 'oid', '0'),
  700: floatHash,
  701: floatHash,
  1042: bpcharHash,
  1043: call('hashtextextended', bytewise, 'text', `''`),
  1082: dateHash,
  1083: call('hash_array_extended', sentBy('time_send'), 'time', `'00:00'`),
  1114: call('hash_array_extended', sentBy('timestamp_send'), 'timestamp', `'2000-01-01'`),
  1184: call('hash_array_extended', sentBy('timestamptz_send'), 'timestamptz', `'2000-01-01'`),
  2950: call('uuid_hash_extended', plain, 'uuid', `'00000000-0000-0000-0000-000000000000'`),
};

/** A NULL is hashed as `stand-in` with a seed of its own, so it differs from every value, the stand-in included. */
function call(
  name: string,
  argument: (value: string) => string,
  type: string,
  standIn: string,
): ColumnHash {
  return (value, seed, notNull) => {
    const typed = `${value}::${type}`;
    if (notNull) return `${name}(${argument(typed)}, ${seed})`;
    const filled = argument(`coalesce(${typed}, ${standIn}::${type})`);
    return `${name}(${filled}, ${nullSeed(value, seed)})`;
  };
}

/** Says NULL in the seed: cheaper than one more hash, and for a value that is there the seed stays as it was. */
function nullSeed(value: string, seed: string): string {
  return `CASE WHEN ${value} IS NULL THEN 1::int8 ELSE 0::int8 END # ${seed}`;
}

function plain(value: string): string {
  return value;
}

function inArray(value: string): string {
  return `ARRAY[${value}]`;
}

/** The bytes that a binary COPY would send: all of the value, for half the cost of what it prints. */
function sentBy(send: string): (value: string) => string {
  return (value) => inArray(`${send}(${value})`);
}

/** Two texts that a non-deterministic collation calls equal must still differ. */
function bytewise(value: string): string {
  return `${value} COLLATE "C"`;
}

/**
 * The function folds 64 bits into 32; with the value in the seed too nothing is lost. NULL is the pair (0, 1), which no
 * value gives.
 */
function bigintHash(value: string, seed: string, notNull: boolean): string {
  const typed = `${value}::int8`;
  if (notNull) return `hashint8extended(${typed}, ${typed} # ${seed})`;
  return `hashint8extended(coalesce(${typed}, 0::int8), coalesce(${typed}, 1::int8) # ${seed})`;
}

function boolHash(value: string, seed: string): string {
  return `hashint4extended(CASE WHEN ${value} THEN 1 WHEN ${value} IS NULL THEN 2 ELSE 0 END, ${seed})`;
}

/** Its own function cannot be called. Both infinities are numbers of days that no date has. */
function dateHash(value: string, seed: string, notNull: boolean): string {
  const [typed, start] = [`${value}::date`, `'2000-01-01'::date`];
  const days =
    `CASE WHEN isfinite(${typed}) THEN ${typed} - ${start} ` +
    `WHEN ${typed} > ${start} THEN 2147483647 ELSE -2147483647 END`;
  return `hashint4extended(${days}, ${notNull ? seed : nullSeed(value, seed)})`;
}

/**
 * The function takes -0 for 0, and not every version takes all bits that mean NaN for the same: these and NULL go by a
 * stand-in, with a seed of their own, the length of what they print. By `concat`, as `::text` may be somebody's own cast.
 */
function floatHash(value: string, seed: string): string {
  const typed = `${value}::float8`;
  const isUsual = `${typed} <> 0 AND ${typed} < 'NaN'`;
  const printed = `CASE WHEN ${value} IS NULL THEN 4::int8 ELSE octet_length(concat(${typed}))::int8 END`;
  const kind = `CASE WHEN ${isUsual} THEN 0::int8 ELSE ${printed} END`;
  return `hashfloat8extended(CASE WHEN ${isUsual} THEN ${typed} ELSE 1 END, ${kind} # ${seed})`;
}

/** The function ignores trailing blanks, and `::text` drops them: so the length in bytes goes into the seed. */
function bpcharHash(value: string, seed: string): string {
  const typed = `${value}::bpchar`;
  return (
    `hashbpcharextended(coalesce(${typed}, ''::bpchar) COLLATE "C", ` +
    `coalesce(octet_length(${typed}), -1)::int8 # ${seed})`
  );
}

/**
 * Every other type goes by what it prints. `concat` calls the type's output function as COPY does, `::text` would call
 * a cast that somebody made, which may drop something; it is cheaper where there is none. The printed form of a NULL is
 * the empty string and that of a composite of NULLs, for which IS NULL holds too, is not.
 */
function printedHash(value: string, seed: string, column: ColumnDescription): string {
  const builtIn = column.baseType < firstUserOid && !column.ownTextCast;
  const printed = builtIn ? `${value}::text` : `concat(${value})`;
  if (column.notNull) return `hashtextextended(${bytewise(`(${printed})`)}, ${seed})`;
  const filled = builtIn ? `coalesce(${printed}, '')` : printed;
  return `hashtextextended(${bytewise(filled)}, ${nullSeed(value, seed)})`;
}

/** OIDs below are PostgreSQL's own objects. */
const firstUserOid = 16384;
