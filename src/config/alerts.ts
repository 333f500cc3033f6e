import { severities } from '../domain/alarm.ts';
import { oneOf, secret, text, wholeNumber } from './setting.ts';

/** A mail address, or what is like one; none when left out. */
export const address = (environment: string, help: string) =>
  text({ environment, fallback: null, fallbackText: 'none', help });

/** A secret that may be left out. */
export const hidden = (environment: string, help: string) =>
  secret({ environment, fallbackText: 'none', help });

/** Who is told when something is wrong; further channels are listed in the file under `alerts.channels`. */
export const alerts = {
  language: oneOf(['en', 'zh-CN'], {
    environment: 'ALERT_LANGUAGE',
    fallback: 'en',
    help: 'Language of the messages',
  }),
  repeatHours: wholeNumber(1, 8760, {
    environment: 'ALERT_REPEAT_HOURS',
    fallback: 24,
    help: 'An alarm that is still open is told again after so many hours',
  }),
  severity: oneOf(severities, {
    environment: 'ALERT_SEVERITY',
    fallback: 'warning',
    help: 'The least that is told; `info` also tells each proven backup',
  }),
  webhook: {
    url: hidden('ALERT_WEBHOOK_URL', 'Where alarms are sent as JSON'),
    secret: hidden('ALERT_WEBHOOK_SECRET', 'What they are signed with (HMAC-SHA256)'),
  },
  mail: {
    url: hidden('ALERT_SMTP_URL', 'Mail server, `smtp://user:password@host:587` or `smtps://…`'),
    from: address('ALERT_MAIL_FROM', 'Sender of the mails'),
    to: address('ALERT_MAIL_TO', 'Who gets them; several are separated by commas'),
  },
  ping: {
    url: hidden(
      'ALERT_PING_URL',
      `A dead man's switch, such as healthchecks.io: called after each proven backup`,
    ),
  },
};
