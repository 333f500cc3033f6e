import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ApiError, get, type Query } from './api-client.ts';
import type {
  AuditRow,
  BackupDetail,
  BackupPage,
  Check,
  Database,
  Day,
  ProblemText,
  Run,
  Schedule,
  Setting,
  Status,
  Token,
  User,
  Words,
} from './api-client.ts';
import type { Proof } from '../domain/proof.ts';

/** Under which names answers are kept. */
export const keys = {
  session: ['session'],
  status: ['status'],
  databases: ['databases'],
  schedules: ['schedules'],
  openRuns: ['runs', 'open'],
  closedRuns: ['runs', 'closed'],
  run: ['runs', 'one'],
  days: ['days'],
  backups: ['backups'],
  backup: (id: string) => ['backups', 'one', id],
  audit: ['audit'],
  settings: ['settings'],
  doctor: ['doctor'],
  users: ['users'],
  tokens: ['tokens'],
  loginWays: ['login-ways'],
  proof: (id: string) => ['backups', 'proof', id],
} as const;

const slowly = 30_000;

export function useStatus() {
  return useQuery({
    queryKey: keys.status,
    queryFn: () => get<Status>('/status'),
    refetchInterval: slowly,
  });
}

/** The databases of the settings. */
export function useDatabases() {
  return useQuery({
    queryKey: keys.databases,
    queryFn: () => get<Database[]>('/databases'),
    staleTime: slowly * 10,
  });
}

export function useSchedules() {
  return useQuery({
    queryKey: keys.schedules,
    queryFn: () => get<Schedule[]>('/schedules'),
    refetchInterval: slowly * 2,
  });
}

/** What runs now: told by events, asked for where these do not come. */
export function useOpenRuns() {
  return useQuery({
    queryKey: keys.openRuns,
    queryFn: () => get<Run[]>('/runs', { state: 'open', limit: 50 }),
    refetchInterval: 10_000,
  });
}

/** The runs that ended last. */
export function useClosedRuns(limit: number) {
  return useQuery({
    queryKey: [...keys.closedRuns, limit],
    queryFn: () => get<Run[]>('/runs', { state: 'closed', limit }),
    refetchInterval: slowly,
  });
}

export interface ToldRun {
  readonly run: Run;
  /** What a failed run failed with. */
  readonly problem: ProblemText | null;
  /** Where it was when it was last asked. */
  readonly last: Run['progress'];
}

/** One run until its end: asked once a second while it runs. */
export function useRun(workflowId: string) {
  const client = useQueryClient();
  const queryKey = [...keys.run, workflowId];
  return useQuery({
    queryKey,
    queryFn: async (): Promise<ToldRun> => {
      const told = await get<Omit<ToldRun, 'last'>>('/runs/detail', { workflowId });
      const last = client.getQueryData<ToldRun>(queryKey)?.last ?? null;
      return { ...told, last: told.run.progress ?? last };
    },
    refetchInterval: ({ state }) => (state.data?.run.closedAt == null ? 1000 : false),
  });
}

export function useDays(days: number) {
  return useQuery({
    queryKey: [...keys.days, days],
    queryFn: () => get<Day[]>('/days', { days }),
    refetchInterval: slowly * 10,
  });
}

export function useBackups(query: Query) {
  return useQuery({
    queryKey: [...keys.backups, 'page', query],
    queryFn: () => get<BackupPage>('/backups', query),
    refetchInterval: slowly,
    placeholderData: (before) => before, // the list stays while the next one comes
  });
}

export function useBackup(id: string) {
  return useQuery({
    queryKey: keys.backup(id),
    queryFn: () => get<BackupDetail>(`/backups/${id}`),
    refetchInterval: slowly,
  });
}

/** Its report; null: it was not test-restored yet. */
export function useProof(id: string) {
  return useQuery({
    queryKey: keys.proof(id),
    queryFn: async () => {
      try {
        return await get<Proof>(`/backups/${id}/proof`);
      } catch (error) {
        if (error instanceof ApiError && error.code === 'not_found') return null;
        throw error;
      }
    },
  });
}

export function useAudit(query: Query) {
  return useQuery({
    queryKey: [...keys.audit, query],
    queryFn: () => get<AuditRow[]>('/audit', query),
    placeholderData: (before) => before,
  });
}

/** How one may log in; the page does without until it is told. */
export function useLoginWays() {
  return useQuery({
    queryKey: keys.loginWays,
    queryFn: () => get<{ password: boolean; oidc: boolean }>('/session/ways'),
    staleTime: Infinity,
  });
}

export function useUsers() {
  return useQuery({ queryKey: keys.users, queryFn: () => get<User[]>('/users') });
}

export function useTokens() {
  return useQuery({ queryKey: keys.tokens, queryFn: () => get<Token[]>('/tokens') });
}

export function useSettings() {
  return useQuery({
    queryKey: keys.settings,
    queryFn: () =>
      get<{ settings: Setting[]; warnings: string[]; warningWords: Words[] }>('/settings'),
  });
}

/** Looks for what is wrong, when it is asked to: it takes seconds. */
export function useDoctor() {
  return useQuery({
    queryKey: keys.doctor,
    queryFn: () => get<Check[]>('/doctor'),
    enabled: false,
  });
}

/** Does something, after which nothing that is kept is taken for fresh. */
export function useAction<I, O>(action: (input: I) => Promise<O>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: action,
    onSettled: () => client.invalidateQueries(),
  });
}
