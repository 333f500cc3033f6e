import type { ErrorCode } from '../../errors.ts';

export interface Alarm {
  /** What it is about: one open alarm at a time. */
  readonly key: string;
  readonly database: string | null;
  readonly message: string;
  readonly hint: string | null;
  /** Of the failure that it comes from. */
  readonly code?: ErrorCode | null;
}

export interface OpenAlarm extends Alarm {
  readonly code: ErrorCode | null;
  readonly raisedAt: string;
  readonly lastSeenAt: string;
}

/** An alarm that people are to be told of: it is new, still open after a while, or over. */
export interface DueAlarm extends Alarm {
  readonly id: number;
  readonly event: 'alarm' | 'reminder' | 'cleared';
  readonly raisedAt: string;
  readonly clearedAt: string | null;
}

export interface AlarmClaim {
  /** A run or a process; the same one gets the same alarms again. */
  readonly owner: string;
  readonly now: Date;
  readonly repeatHours: number;
}

/** What is wrong, and who was told of it. */
export interface AlarmCatalog {
  /** Opens an alarm, or says anew what an open one of that key is about. */
  raiseAlarm(alarm: Alarm): Promise<void>;

  clearAlarm(key: string): Promise<void>;

  /** The open ones, newest first. */
  alarms(): Promise<OpenAlarm[]>;

  /** Takes the alarms that people are to be told of now: nobody else gets them until they are due again. */
  claimDueAlarms(claim: AlarmClaim): Promise<DueAlarm[]>;

  /** Gives back what nobody could be told of: due again at once. */
  giveBackAlarms(ids: readonly number[]): Promise<void>;

  /** Since when each of these keys has been given at every call; one that is left out is forgotten. */
  rememberSince(topic: string, keys: readonly string[], now: Date): Promise<Map<string, string>>;
}
