import type { BackupSummary } from './backup.ts';

type Member = Pick<BackupSummary, 'id' | 'base'>;

/** A backup that stands by itself with the incrementals that need it, newest first. */
export interface Family<Backup extends Member> {
  readonly head: Backup;
  readonly incrementals: readonly Backup[];
}

/** Puts each incremental under its base; one whose base is not among these stands by itself. Keeps the order of heads. */
export function familiesOf<Backup extends Member>(backups: readonly Backup[]): Family<Backup>[] {
  const ids = new Set(backups.map(({ id }) => id));
  const isMember = ({ base }: Backup) => base !== null && ids.has(base);
  const byBase = new Map<string | null, Backup[]>();
  for (const backup of backups.filter(isMember)) {
    const members = byBase.get(backup.base);
    if (members) members.push(backup);
    else byBase.set(backup.base, [backup]);
  }
  return backups
    .filter((backup) => !isMember(backup))
    .map((head) => ({ head, incrementals: byBase.get(head.id) ?? [] }));
}
