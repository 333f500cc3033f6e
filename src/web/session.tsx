import { createContext, use } from 'react';
import { useQuery } from '@tanstack/react-query';
import { readSession, type Session } from './api-client.ts';
import { keys } from './queries.ts';

/** Who is logged in, for all pages below. */
export const SessionContext = createContext<Session | null>(null);

export function useSessionQuery() {
  return useQuery({ queryKey: keys.session, queryFn: readSession, staleTime: 60_000 });
}

export function useSession(): Session {
  const session = use(SessionContext);
  if (!session) throw new Error('useSession needs somebody who is logged in');
  return session;
}

/** Whether he who is logged in may do it; what he may not is not offered. */
export function useMay(permission: Session['permissions'][number]): boolean {
  return useSession().permissions.includes(permission);
}
