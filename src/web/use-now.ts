import { useEffect, useState } from 'react';

/** The time, renewed now and then, so that ages stay true on a page that stays open. */
export function useNow(milliseconds = 15_000): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), milliseconds);
    return () => clearInterval(timer);
  }, [milliseconds]);
  return now;
}
