import { useEffect } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { apiPath, type Run } from './api-client.ts';
import { keys } from './queries.ts';

/** Keeps what runs up to date by the server's events; what ended makes the rest ask anew. */
export function useLiveRuns(): void {
  const client = useQueryClient();
  useEffect(() => {
    const source = new EventSource(`${apiPath}/events`);
    source.addEventListener('runs', ({ data }: MessageEvent<string>) => {
      const { runs } = JSON.parse(data) as { runs: Run[] | null };
      if (runs === null) return; // Temporal does not answer: what was known stays
      const before = client.getQueryData<Run[]>(keys.openRuns) ?? [];
      client.setQueryData(keys.openRuns, runs);
      if (isOther(before, runs)) {
        for (const queryKey of [keys.status, keys.backups, keys.days, keys.closedRuns])
          void client.invalidateQueries({ queryKey });
      }
    });
    return () => source.close();
  }, [client]);
}

/** A run began or ended, or came to its next phase. */
function isOther(before: readonly Run[], after: readonly Run[]): boolean {
  const told = (runs: readonly Run[]) =>
    runs.map(({ runId, progress }) => `${runId} ${progress?.phase ?? ''}`).join();
  return told(before) !== told(after);
}
