import type { Texts } from './texts.ts';

/** English. */
export const en: Texts = {
  events: {
    alarm: 'alarm',
    reminder: 'still open',
    cleared: 'over',
    proven: 'done',
    test: 'test',
  },
  alarms: {
    backup: { subject: 'a backup is not good', advice: '' },
    copy: { subject: 'a stored copy is lost or damaged', advice: '' },
    check: { subject: 'stored copies could not be checked', advice: '' },
    proof: { subject: 'a test restore did not succeed', advice: '' },
    stale: { subject: 'no proven backup that is new enough', advice: '' },
    offsite: { subject: 'no off-site copy that is new enough', advice: '' },
    restoreTest: { subject: 'no test restore for too long', advice: '' },
    missed: { subject: 'a scheduled run did not begin', advice: '' },
    paused: { subject: 'a schedule is paused', advice: '' },
    disk: { subject: 'the disk will be full', advice: '' },
    destination: { subject: 'a destination cannot be used', advice: '' },
    settings: { subject: 'the settings or a key cannot be read', advice: '' },
    catalog: { subject: 'the catalog cannot be used', advice: '' },
    temporal: { subject: 'Temporal does not answer', advice: '' },
    restore: { subject: 'a restore left something behind', advice: '' },
    cleanup: { subject: 'a clean-up stopped', advice: '' },
    other: { subject: 'something needs attention', advice: '' },
  },
  proven: 'a backup is proven',
  test: 'this channel works',
  ofDatabase: (database) => `, database ${database}`,
  what: (message) => `What happened: ${message}`,
  since: (time, lasted) => `Since: ${time}${lasted === '' ? '' : `, for ${lasted}`}`,
  until: (time) => `Over since: ${time}`,
  lasted: (hours, minutes) => `${hours > 0 ? `${hours} h ` : ''}${minutes} min`,
  todo: (advice) => `What to do: ${advice}`,
};
