/** A workflow run, the owner of backups and leases. */
export interface RunOwner {
  readonly workflowId: string;
  readonly runId: string;
}
