import type { Backup } from './api-client.ts';

/** A backup that stands by itself with the incrementals that need it, newest first. */
export interface Family {
  readonly head: Backup;
  readonly incrementals: readonly Backup[];
}

/** Puts each incremental under its base; one whose base is not among these stands by itself. Keeps the order of heads. */
export function familiesOf(backups: readonly Backup[]): Family[] {
  const ids = new Set(backups.map(({ id }) => id));
  const isMember = ({ base }: Backup) => base !== null && ids.has(base);
  return backups
    .filter((backup) => !isMember(backup))
    .map((head) => ({ head, incrementals: backups.filter(({ base }) => base === head.id) }));
}
