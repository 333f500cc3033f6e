import { formatAge, formatTime, formatUtc } from '../format.ts';
import { useLanguage } from '../i18n/language.tsx';
import { useNow } from '../use-now.ts';

interface MomentProps {
  readonly at: string;
  /** Says how long ago it was, or how long it is until then. */
  readonly asAge?: boolean;
}

/** A moment in the zone of the browser; UTC when one hovers over it. */
export function Moment({ at, asAge = false }: MomentProps) {
  const { language } = useLanguage();
  const now = useNow();
  const time = new Date(at);
  const local = formatTime(time, language);
  return (
    <time dateTime={at} title={asAge ? `${local} · ${formatUtc(time)}` : formatUtc(time)}>
      {asAge ? formatAge(time, now, language) : local}
    </time>
  );
}
