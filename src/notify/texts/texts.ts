import type { AlarmType } from '../../domain/alarm.ts';
import type { NoticeEvent } from '../../domain/notice.ts';

/** All words of our messages in one language; the fact itself is the alarm's own line. */
export interface Texts {
  readonly events: Readonly<Record<NoticeEvent, string>>;
  readonly alarms: Readonly<
    Record<AlarmType, { readonly subject: string; readonly advice: string }>
  >;
  readonly proven: string;
  readonly test: string;
  readonly ofDatabase: (database: string) => string;
  readonly what: (message: string) => string;
  readonly since: (time: string, lasted: string) => string;
  readonly until: (time: string) => string;
  readonly lasted: (hours: number, minutes: number) => string;
  readonly todo: (advice: string) => string;
}
