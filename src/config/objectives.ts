import { wholeNumber } from './setting.ts';

/** How old what protects a database may become before it is an alarm. */
export const objectives = {
  provenHours: wholeNumber(0, 87_600, {
    environment: 'BACKUP_OBJECTIVE_PROVEN_HOURS',
    fallback: 26,
    help: 'Alarm when the newest proven backup is older than so many hours; 0 never',
  }),
  offsiteHours: wholeNumber(0, 87_600, {
    environment: 'BACKUP_OBJECTIVE_OFFSITE_HOURS',
    fallback: 26,
    help: 'Alarm when the newest backup with a good copy in the cloud is older than so many hours, where there is such a destination; 0 never',
  }),
  restoreTestDays: wholeNumber(0, 3_650, {
    environment: 'BACKUP_OBJECTIVE_RESTORE_TEST_DAYS',
    fallback: 35,
    help: 'Alarm when the last successful test restore of a stored copy is longer ago than so many days; 0 never',
  }),
};
