import type { ReactNode } from 'react';
import type { UseQueryResult } from '@tanstack/react-query';
import { Loading } from './loading.tsx';
import { Problem } from './problem.tsx';

interface LoadableProps<T> {
  readonly query: UseQueryResult<T>;
  readonly rows?: number;
  readonly children: (data: T) => ReactNode;
}

/** An answer once it is there; until then what stands for it, or why it does not come. */
export function Loadable<T>({ query, rows = 4, children }: LoadableProps<T>) {
  const { data, error, refetch } = query;
  if (data !== undefined) return children(data);
  if (error) return <Problem error={error} retry={() => void refetch()} />;
  return <Loading rows={rows} />;
}
