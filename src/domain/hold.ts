/** `<id>.hold.json`: retention may not delete the backup until it is released. */
export interface Hold {
  readonly formatVersion: 1;
  readonly backup: string;
  readonly by: string;
  readonly reason: string | null;
  readonly at: string;
}

/** Input of the workflows `hold` and `release`. */
export interface HoldInput {
  /** A backup's id, or `latest`. */
  readonly backup?: string;
  readonly reason?: string;
  /** Who wants it. */
  readonly by?: string;
}

/** Where a hold file lies beside a copy. */
export interface HoldPlace {
  readonly destination: string;
  /** null: every host can reach it. */
  readonly host: string | null;
  /** Of the storage. */
  readonly key: string;
}

/** A hold, or its end, with the places where the catalog is not all. */
export interface HoldPlan {
  readonly backup: string;
  /** null: it is released. */
  readonly hold: Hold | null;
  readonly places: readonly HoldPlace[];
}

/** Result of the workflows `hold` and `release`. */
export interface HoldResult extends Omit<HoldPlan, 'places'> {
  /** `late` says why the hold file is not what it should be. */
  readonly places: readonly (Omit<HoldPlace, 'key'> & { readonly late: string | null })[];
}
