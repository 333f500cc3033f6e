import type { OwnTable } from '../../domain/catalog-backup.ts';

/** Rows of one table as JSON objects, one a text. */
export interface OwnRowsPage {
  readonly rows: readonly string[];
  /** What the next page comes after; null: this was the last one. */
  readonly last: string | null;
}

export interface OwnRowsRequest {
  readonly table: OwnTable;
  /** `last` of the page before; null: the first one. */
  readonly after: string | null;
  /** With the hashes of passwords. */
  readonly passwords: boolean;
}

/** A row as `ownRows` gave it, and of which table. */
export interface OwnRow {
  readonly table: OwnTable;
  readonly row: unknown;
}

export interface CatalogIdentity {
  readonly id: string;
  /** The backup of another catalog that it has users and audit log from; null: none yet. */
  readonly brought: { readonly from: string; readonly at: string } | null;
}

/** What came into the catalog. */
export interface BroughtRows {
  readonly users: readonly string[];
  /** Those of them who cannot log in: their passwords were not in it. */
  readonly withoutPassword: readonly string[];
  readonly tokens: number;
  readonly audit: number;
  readonly alarms: number;
}

/** What lies in no destination by itself: users, tokens, audit log, alarms. */
export interface OwnRowsCatalog {
  /** Which catalog this is: one that was made anew is another one. */
  identity(): Promise<CatalogIdentity>;

  ownRows(request: OwnRowsRequest): Promise<OwnRowsPage>;

  /**
   * Enters the rows of another catalog, all or none of them, once in the life of this one: undefined, they are here
   * already. What is here stays as it is; the audit log comes before the one that is here, and alarms come as ended.
   */
  bringBack(from: string, rows: AsyncIterable<readonly OwnRow[]>): Promise<BroughtRows | undefined>;
}
