import type { Proof } from '../../domain/proof.ts';

/** The test restores of each backup. */
export interface ProofCatalog {
  /**
   * Enters a test restore; that of a finished backup, being the newest, decides its state from now on, unless it could not
   * be made and an earlier one could.
   */
  recordProof(proof: Proof): Promise<void>;

  /** The report of its newest test restore. */
  proof(id: string): Promise<Proof | undefined>;
}
