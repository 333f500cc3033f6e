import type { RunOwner } from './run-owner.ts';

export interface Lease {
  readonly resource: string;
  /** How many may hold it at once. */
  readonly capacity: number;
  readonly owner: RunOwner;
}

export interface TurnRequest {
  readonly owner: RunOwner;
  /** All that the run needs, at once: it takes nothing before it can have everything. */
  readonly resources: readonly Omit<Lease, 'owner'>[];
  /** Who was due first goes first. */
  readonly dueAt: Date;
  /** It is passed over from then on, until it asks again; null: never. */
  readonly until: Date | null;
}

export interface TurnAnswer {
  readonly isTaken: boolean;
  /** How many are before it in the line. */
  readonly ahead: number;
  /** What it needs and cannot have, and who has it. */
  readonly busy: readonly { readonly resource: string; readonly holders: readonly RunOwner[] }[];
  /** Others that were given their turn at this occasion: they should be told. */
  readonly given: readonly RunOwner[];
}

/** Who may use what at once, and who waits for it. */
export interface LeaseCatalog {
  /**
   * Takes one of `capacity` places; true when it is taken or was before. Places of owners that `isAlive` denies are
   * free. Never waits.
   */
  takeLease(lease: Lease, isAlive: (owner: RunOwner) => Promise<boolean>): Promise<boolean>;

  /** Who holds leases on resources that begin so, each once. */
  leaseOwners(prefix: string): Promise<RunOwner[]>;

  /**
   * Enters the line, or asks again. Whoever asks, all that is free is given to those who wait, in their order. Never
   * waits; `isTaken` is true again when it was before.
   */
  takeTurn(request: TurnRequest): Promise<TurnAnswer>;

  /** Gives what is free to those who wait; returns whom it gave their turn, so that they are told. */
  handOver(): Promise<RunOwner[]>;

  /** Gives back what the owner holds of that resource; without one all of it, and its place in the line. */
  releaseLeases(owner: RunOwner, resource?: string): Promise<void>;
}
