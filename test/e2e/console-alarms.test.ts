import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestApi, type TestApi } from '../harness/api.ts';
import { newPage, seriousFindings, startBrowser, type Browser } from '../harness/browser.ts';

let api: TestApi;
let browser: Browser;

beforeAll(async () => {
  [api, browser] = await Promise.all([createTestApi(), startBrowser()]);
}, 60_000);

afterAll(async () => {
  await browser.close();
  await api.close();
});

it('what is wrong is told in the language of the page, with the fact and the hint as they are', async () => {
  const alarm = { key: 'key:', database: null, message: 'a fact', hint: 'a hint' };
  await api.catalog.raiseAlarm(alarm);
  const { cookie } = await api.logIn('ada', 'viewer');
  const [name = '', value = ''] = cookie.split('=');
  for (const [locale, title, subject, todo] of [
    ['en-US', 'What is wrong', 'nobody has the key of stored backups', /What to do: a hint/],
    ['zh-CN', '存在的问题', '没有任何工作进程持有已存储备份的密钥', /怎么办: 请确认.* – a hint/],
  ] as const) {
    const page = await newPage(browser, { locale });
    await page.context().addCookies([{ name, value, url: api.origin }]);
    await page.goto(`${api.origin}/backup/`);
    const alarms = page.getByRole('region', { name: title });
    for (const text of [subject, 'a fact', todo]) await alarms.getByText(text).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.context().close();
  }
});
