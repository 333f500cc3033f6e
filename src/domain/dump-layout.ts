import type { MadeKind } from './backup-name.ts';

export const dumpFormats = ['directory', 'plain', 'custom'] as const;
export type DumpFormat = (typeof dumpFormats)[number];
export type DumpKind = Exclude<MadeKind, 'incremental'>;

/** A foreign key of a module that points to rows outside of it: it could not be restored. */
export interface LeftOutForeignKey {
  readonly oid: number;
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  /** What `pg_dump` calls it in a comment's entry: `CONSTRAINT name ON "table"`. */
  readonly tag: string;
}

/** What a dump holds, and how it is written. */
export interface DumpDescription {
  readonly kind: MadeKind;
  /** The full whose changes these are. */
  readonly base?: string;
  readonly format: DumpFormat;
  readonly module: string | null;
  readonly leftOut: readonly LeftOutForeignKey[];
}

/** What is in a dump; readings from before there was a choice say nothing of it. */
export function describedDump({ dump }: { readonly dump?: DumpDescription }): DumpDescription {
  return dump ?? { kind: 'full', format: 'directory', module: null, leftOut: [] };
}

/** Where what is restored lies in a dump's directory, beside `verify/`. */
export function dumpPath(format: DumpFormat): string {
  return { directory: 'dump', plain: 'dump.sql', custom: 'dump.custom' }[format];
}

/** Where `pg_restore` finds the table of contents in a dump's directory. */
export function contentsPath(format: DumpFormat): string {
  return format === 'plain' ? 'verify/toc' : dumpPath(format);
}

/** Roles, memberships and tablespaces, as `pg_dumpall` writes them. */
export const globalsPath = 'verify/globals.sql';
/** Where the schema of a `data_only` dump lies, for its test restore: a directory for `pg_restore`. */
export const schemaPath = 'verify/schema';
/** The entries of a module that can be restored, for `pg_restore --use-list`. */
export const restoreListPath = 'verify/restore.list';
/** Gives triggers back the modes that `--disable-triggers` does not remember. */
export const triggersPath = 'verify/triggers.sql';
