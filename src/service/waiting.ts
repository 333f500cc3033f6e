/** Who waits for work of this process itself. */
export interface Waiting {
  /** Aborting ends it. */
  readonly signal: AbortSignal;
  /** Called with what is done. */
  readonly say: (line: string) => void;
}
