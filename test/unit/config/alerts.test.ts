import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { describeSettings, loadSettings, type Environment } from '../../../src/config.ts';

const directory = mkdtempSync(path.join(tmpdir(), 'pma-alerts-'));
afterAll(() => rmSync(directory, { recursive: true }));
writeFileSync(path.join(directory, 'token'), 'https://oapi.example/robot?access_token=t0ken\n');

function load(yaml: string, environment: Environment = {}) {
  const file = path.join(directory, 'pma-backup.yaml');
  writeFileSync(file, yaml);
  return loadSettings({ environment, file });
}

test('the environment alone gives a webhook, mails and a ping', () => {
  const settings = load('', {
    ALERT_WEBHOOK_URL: 'https://hooks.example/w3b',
    ALERT_WEBHOOK_SECRET: 'hmac-key',
    ALERT_SMTP_URL: 'smtp://u:p4ss@mail.example',
    ALERT_MAIL_FROM: 'pma@example.com',
    ALERT_MAIL_TO: 'ops@example.com',
    ALERT_PING_URL: 'https://hc.example/p1ng',
    ALERT_SEVERITY: 'critical',
  });
  expect(settings.channels).toMatchObject([
    { name: 'webhook', type: 'webhook', severity: 'critical', databases: [] },
    { name: 'mail', type: 'mail', from: 'pma@example.com', to: 'ops@example.com' },
    { name: 'ping', type: 'ping' },
  ]);
  expect(settings.channels.map(({ url }) => url.reveal())).toEqual([
    'https://hooks.example/w3b',
    'smtp://u:p4ss@mail.example',
    'https://hc.example/p1ng',
  ]);
  expect(JSON.stringify(describeSettings(settings))).not.toMatch(/w3b|hmac-key|p4ss|p1ng/);
});

test('the file lists further channels, with their secrets in files of their own', () => {
  const { channels } = load(
    `
alerts:
  language: zh-CN
  severity: info
  channels:
    - { type: dingtalk, urlFile: token, secret: SEC1, databases: [shop] }
    - { name: ops, type: slack, url: 'https://hooks.example/x', severity: critical }
databases: [{ name: shop }]
`,
    { ALERT_WEBHOOK_URL: 'https://hooks.example/y' },
  );
  expect(channels).toMatchObject([
    { name: 'webhook' },
    { name: 'dingtalk', type: 'dingtalk', severity: 'info', databases: ['shop'] },
    { name: 'ops', type: 'slack', severity: 'critical', databases: [] },
  ]);
  expect(channels[1]!.url.reveal()).toBe('https://oapi.example/robot?access_token=t0ken');
});

const channel = (entry: string) => `alerts: { channels: [${entry}] }`;
test.each([
  [channel('{ type: pager, url: x }'), /'alerts\.channels\[0\]\.type' must be one of webhook, /],
  [channel('{ type: slack }'), /'alerts\.channels\[0\]\.url' is missing/],
  [channel('{ type: slack, ulr: x }'), /'alerts\.channels\[0\]\.ulr' is unknown/],
  [channel('{ type: mail, url: x, to: y }'), /'alerts\.channels\[0\]\.from' is missing/],
  [channel('{ url: x }, { url: y }'), /two channels are named 'webhook'/],
  [channel('{ url: x, databases: [Shop!] }'), /'alerts\.channels\[0\]\.databases' must be a list/],
  ['alerts: { channels: { url: x } }', /'alerts\.channels' must be a list/],
])('%s is refused', (yaml, message) => {
  expect(() => load(yaml)).toThrow(message);
});

test('a misspelt variable of ours is told', () => {
  const { warnings } = load('', { ALERT_WEBHOK_URL: 'x' });
  expect(warnings).toContain(`'ALERT_WEBHOK_URL' is no setting: did you mean 'ALERT_WEBHOOK_URL'?`);
});
