import type { Alarm } from '../src/catalog/contract/alarms.ts';
import type { Dependencies } from './dependencies.ts';

/** Opens an alarm; people are told of it by the next `notify`. */
export function raiseAlarm({ catalog }: Dependencies) {
  return (alarm: Alarm): Promise<void> => catalog.raiseAlarm(alarm);
}

/** Ends an alarm, if it is open. */
export function clearAlarm({ catalog }: Dependencies) {
  return (key: string): Promise<void> => catalog.clearAlarm(key);
}
