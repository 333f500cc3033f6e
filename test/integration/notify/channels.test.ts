import { createHmac } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ChannelType, Notice } from '../../../src/domain/notice.ts';
import type { Channel } from '../../../src/notify/channel.ts';
import { describeNotice } from '../../../src/notify/describe.ts';
import { sendMessage } from '../../../src/notify/send.ts';
import { Secret } from '../../../src/secret.ts';
import { startReceiver, type Receiver } from '../../harness/receiver.ts';

let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
});

beforeEach(() => {
  receiver.received.length = 0;
  receiver.answer = { status: 200, body: '{"errcode":0,"code":0}' };
});

afterAll(() => receiver.close());

const notice: Notice = {
  ...{ id: 'alarm-7-alarm', event: 'alarm', severity: 'critical', key: 'backup:shop:full' },
  database: 'shop',
  message: `backup 'shop_full_1' failed: a <b> & "c"`,
  hint: 'pma-backup show shop_full_1',
  ...{ since: '2026-03-01T16:00:00Z', at: '2026-03-01T18:05:00Z' },
};
const message = describeNotice(notice, { language: 'en', timeZone: 'Asia/Shanghai' });
const title = '[PMA Backup] alarm: a backup is not good, database shop';
const lines = [
  `What happened: backup 'shop_full_1' failed: a <b> & "c"`,
  'Since: 2026-03-02 00:00:00 (Asia/Shanghai), for 2 h 5 min',
  'What to do: pma-backup show shop_full_1',
];

function channel(type: ChannelType, given: { url?: string; secret?: string } = {}): Channel {
  return {
    ...{ name: 'ops', type, from: null, to: null, databases: [], severity: 'warning' },
    url: new Secret(given.url ?? `${receiver.url}/hook?token=s3cret`),
    secret: given.secret === undefined ? null : new Secret(given.secret),
  };
}

async function sent(to: Channel) {
  await sendMessage(to, message, new AbortController().signal);
  expect(receiver.received).toHaveLength(1);
  return receiver.received[0]!;
}

function hmac(key: string, text: string, encoding: 'hex' | 'base64'): string {
  return createHmac('sha256', key).update(text).digest(encoding);
}

describe('a webhook', () => {
  test('gets the notice as JSON, signed over its time and body', async () => {
    const { method, url, headers, body, json } = await sent(channel('webhook', { secret: 'key' }));
    expect([method, url.pathname, url.search]).toEqual(['POST', '/hook', '?token=s3cret']);
    expect(json()).toEqual({ ...notice, title, text: lines.join('\n') });
    const timestamp = String(headers['x-pma-timestamp']);
    expect(Math.abs(Number(timestamp) - Date.now() / 1000)).toBeLessThan(30);
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'x-pma-event': 'alarm',
      'x-pma-delivery': 'alarm-7-alarm',
      'x-pma-signature': `sha256=${hmac('key', `${timestamp}.${body}`, 'hex')}`,
    });
  });

  test('is not signed without a secret', async () => {
    const { headers } = await sent(channel('webhook'));
    expect(headers).not.toHaveProperty('x-pma-signature');
  });
});

test('Slack gets text in which nothing is taken for markup', async () => {
  const { json } = await sent(channel('slack'));
  const escaped = `What happened: backup 'shop_full_1' failed: a &lt;b&gt; &amp; "c"`;
  expect(json()).toEqual({ text: [`*${title}*`, escaped, ...lines.slice(1)].join('\n') });
});

test('DingTalk gets Markdown, signed in the query', async () => {
  const { url, json } = await sent(channel('dingtalk', { secret: 'SECkey' }));
  expect(json()).toEqual({
    msgtype: 'markdown',
    markdown: { title, text: [`### ${title}`, ...lines].join('\n\n') },
  });
  const { token, timestamp, sign } = Object.fromEntries(url.searchParams);
  expect(token).toBe('s3cret');
  expect(sign).toBe(hmac('SECkey', `${timestamp!}\nSECkey`, 'base64'));
});

test('WeCom gets Markdown', async () => {
  const { json } = await sent(channel('wecom'));
  const content = [`**${title}**`, ...lines].join('\n');
  expect(json()).toEqual({ msgtype: 'markdown', markdown: { content } });
});

test('Feishu gets text, signed in the body', async () => {
  const { json } = await sent(channel('feishu', { secret: 'key' }));
  const { timestamp, sign, ...rest } = json();
  expect(rest).toEqual({ msg_type: 'text', content: { text: [title, ...lines].join('\n') } });
  expect(sign).toBe(hmac(`${String(timestamp)}\nkey`, '', 'base64'));
});

test(`a dead man's switch is called as it is`, async () => {
  const { method, url, body } = await sent(channel('ping'));
  expect([method, url.pathname, url.search, body]).toEqual(['GET', '/hook', '?token=s3cret', '']);
});

describe('a mail server', () => {
  const mails: { from: string; to: string[]; text: string; user: string }[] = [];
  const server = new SMTPServer({
    ...{ authOptional: false, disabledCommands: ['STARTTLS'], allowInsecureAuth: true },
    onAuth: ({ username, password }, _session, done) => {
      if (password === 'p@ss') done(null, { user: username ?? '' });
      else done(new Error('wrong login'));
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
          text: Buffer.concat(chunks).toString(),
          user: String(session.user),
        });
        done();
      });
    },
  });
  let port: number;

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.server.address() as AddressInfo).port;
  });
  afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

  const mailTo = (password: string): Channel => ({
    ...channel('mail', { url: `smtp://backup:${password}@127.0.0.1:${port}` }),
    from: 'PMA <pma@example.com>',
    to: 'a@example.com, b@example.com',
  });

  test('takes the message after a login, and hands it to each address', async () => {
    await sendMessage(mailTo('p%40ss'), message, new AbortController().signal);
    expect(mails).toMatchObject([
      { from: 'pma@example.com', to: ['a@example.com', 'b@example.com'], user: 'backup' },
    ]);
    expect(mails[0]!.text).toContain(`Subject: ${title}`);
    for (const line of lines) expect(mails[0]!.text).toContain(line);
  });

  test('that refuses the login is named, the password is not', async () => {
    const failure = await caught(mailTo('wr0ng'));
    expect(failure.message).toMatch(/^channel 'ops' \(mail\) did not take the message: .*login/i);
    expect(JSON.stringify(failure)).not.toContain('wr0ng');
  });
});

describe('a channel that fails is named with the reason and without its URL', () => {
  const failures: [string, ChannelType, number, string, RegExp][] = [
    ['a status', 'webhook', 503, 'busy', /status 503 busy$/],
    ['an error code of DingTalk', 'dingtalk', 200, '{"errcode":310000,"errmsg":"k"}', /310000/],
    ['an error code of WeCom', 'wecom', 200, '{"errcode":93000}', /93000/],
    ['an error code of Feishu', 'feishu', 200, '{"code":19021,"msg":"sign"}', /19021/],
    ['an answer of something else', 'feishu', 200, '<html>', /<html>$/],
  ];

  test.each(failures)('%s', async (_, type, status, body, reason) => {
    receiver.answer = { status, body };
    const failure = await caught(channel(type));
    expect(failure).toMatchObject({ code: 'notify_failed', retryable: true });
    expect(failure.message).toMatch(reason);
    expect(failure.message).not.toContain('s3cret');
  });

  test('nobody listens', async () => {
    const gone = await startReceiver();
    await gone.close();
    const failure = await caught(channel('slack', { url: `${gone.url}/hook/s3cret` }));
    expect(failure.message).toMatch(/\(slack\) did not take the message: connect ECONNREFUSED/);
    expect(failure.message).not.toContain('s3cret');
  });

  test('its URL is none', async () => {
    const failure = await caught(channel('webhook', { url: 'ftp://s3cret' }));
    expect(failure.message).toMatch(/its URL is none of http or https$/);
  });
});

async function caught(to: Channel): Promise<Error & { code: string }> {
  return sendMessage(to, message, new AbortController().signal).then(
    () => expect.fail('it was sent'),
    (error: unknown) => error as Error & { code: string },
  );
}
