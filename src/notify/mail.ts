import { createTransport } from 'nodemailer';
import type { Channel, Message } from './channel.ts';
import { readUrl, refused } from './post.ts';

const timeouts = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 };

/** By SMTP: `smtp://` (TLS if the server offers it) or `smtps://`, with `user:password@` where it wants a login. */
export async function sendMail(
  channel: Channel,
  { notice, title, lines }: Message,
  signal: AbortSignal,
): Promise<void> {
  const transport = createTransport({ ...serverOf(channel), ...timeouts });
  const stop = () => transport.close();
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    await transport.sendMail({
      from: channel.from ?? '',
      to: channel.to ?? '',
      subject: title,
      text: `${lines.join('\n\n')}\n`,
      messageId: `<${notice.id}@pma-backup>`,
      headers: { 'X-PMA-Event': notice.event, 'Auto-Submitted': 'auto-generated' },
    });
  } catch (error) {
    signal.throwIfAborted();
    throw refused(channel, error instanceof Error ? error.message : String(error), error);
  } finally {
    signal.removeEventListener('abort', stop);
    transport.close();
  }
}

function serverOf(channel: Channel) {
  const url = readUrl(channel);
  if (!url || !/^smtps?:$/.test(url.protocol)) {
    throw refused(channel, `its URL is none of smtp:// or smtps://`);
  }
  const secure = url.protocol === 'smtps:';
  const [user, pass] = [url.username, url.password].map(decodeURIComponent);
  return {
    host: url.hostname,
    port: Number(url.port) || (secure ? 465 : 587),
    secure,
    ...(user ? { auth: { user, pass: pass ?? '' } } : {}),
  };
}
