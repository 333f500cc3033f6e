import type { ReactNode } from 'react';
import type { BackupState, CopyState } from '../../domain/backup.ts';
import { useLanguage } from '../i18n/language.tsx';

export type Tone = 'good' | 'warn' | 'bad' | 'busy' | 'idle';

const stateTones: Readonly<Record<BackupState | CopyState, Tone>> = {
  running: 'busy',
  proven: 'good',
  unproven: 'warn',
  failed: 'bad',
  cancelled: 'idle',
  skipped: 'idle',
  uploading: 'busy',
  good: 'good',
  missing: 'bad',
  damaged: 'bad',
  locked: 'idle',
  deleted: 'idle',
};

/** A word with its tone: never the colour alone. */
export function Badge({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }) {
  return (
    <span className="badge" data-tone={tone}>
      {children}
    </span>
  );
}

/** The state of a backup, a proof or a copy. */
export function StateBadge({ state }: { readonly state: BackupState | CopyState }) {
  const { t } = useLanguage();
  return <Badge tone={stateTones[state]}>{t(`state.${state}`)}</Badge>;
}
