import type { NoticeEvent } from '../../domain/notice.ts';

/** All words of our messages in one language but for those of each alarm; the fact itself is the alarm's own line. */
export interface Texts {
  readonly events: Readonly<Record<NoticeEvent, string>>;
  readonly proven: string;
  readonly test: string;
  readonly ofDatabase: (database: string) => string;
  readonly what: (message: string) => string;
  /** The alarm's own line, where what happened is said in other words before it. */
  readonly detail: (message: string) => string;
  readonly since: (time: string, lasted: string) => string;
  readonly until: (time: string) => string;
  readonly lasted: (hours: number, minutes: number) => string;
  readonly todo: (advice: string) => string;
}
