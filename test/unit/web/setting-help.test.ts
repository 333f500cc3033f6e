import { expect, it } from 'vitest';
import { flatten, schema } from '../../../src/config/schema.ts';
import { settingHelp } from '../../../src/web/i18n/zh-CN-settings.ts';
import { settingHelpFor } from '../../../src/web/setting-help.ts';

it('every setting has its help in Chinese, and nothing else has', () => {
  const lists = ['databases', 'destinations', 'alerts.channels'];
  const names = [...lists, ...flatten(schema).map(([name]) => name)];
  expect(Object.keys(settingHelp).toSorted()).toEqual(names.toSorted());
  for (const [name, help] of Object.entries(settingHelp)) expect(help, name).toMatch(/[一-鿿]/);
});

it('what stands as code in it is that of the English help', () => {
  const code = (text: string) => new Set(text.match(/`[^`]+`/g));
  for (const [name, { help }] of flatten(schema)) {
    expect(code(settingHelp[name] ?? ''), name).toEqual(code(help));
  }
});

it.each([
  ['databases[0]', settingHelp['databases']],
  [`destination 'far'`, settingHelp['destinations']],
  [`channel 'mail'`, settingHelp['alerts.channels']],
  ['retentionDays', settingHelp['retentionDays']],
  ['of tomorrow', 'English'],
])('the help of %s is told in Chinese', (name, chinese) => {
  expect(settingHelpFor(name, 'English', 'zh-CN')).toBe(chinese);
  expect(settingHelpFor(name, 'English', 'en')).toBe('English');
});
