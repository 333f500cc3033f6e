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
  proven: 'a backup is proven',
  test: 'this channel works',
  ofDatabase: (database) => `, database ${database}`,
  what: (message) => `What happened: ${message}`,
  detail: (message) => `Details: ${message}`,
  since: (time, lasted) => `Since: ${time}${lasted === '' ? '' : `, for ${lasted}`}`,
  until: (time) => `Over since: ${time}`,
  lasted: (hours, minutes) => `${hours > 0 ? `${hours} h ` : ''}${minutes} min`,
  todo: (advice) => `What to do: ${advice}`,
};
