import { afterAll, beforeAll, expect, it } from 'vitest';
import { errorTexts } from '../../src/domain/error-texts.ts';
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

it('an error is told in Chinese with what to do about it, and as the service tells it', async () => {
  const { cookie } = await api.logIn('linus', 'viewer');
  const [name = '', value = ''] = cookie.split('=');
  const alarm = { key: 'backup:shop:full', database: null, message: 'a long story', hint: 'a tip' };
  await api.catalog.raiseAlarm({ ...alarm, code: 'server_unreachable' });
  const page = await newPage(browser, { locale: 'zh-CN' });
  await page.context().addCookies([{ name, value, url: api.origin }]);
  await page.goto(`${api.origin}/backup/`);
  const { meaning, remedy } = errorTexts.server_unreachable;
  for (const text of ['备份失败或未通过验证', meaning, 'a long story', `${remedy} – a tip`])
    await page.getByText(text).waitFor();
  await page.goto(`${api.origin}/backup/backups/shop_full_20200101_000000`);
  await page.getByText(`怎么办: ${errorTexts.not_found.remedy}`).waitFor();
  await page.context().close();
});

it('what settings are for and what doctor found is told in Chinese', async () => {
  const isEnglish = (text: string) => !/[一-鿿]/.test(text);
  const { cookie } = await api.logIn('grace', 'admin');
  const [name = '', value = ''] = cookie.split('=');
  const page = await newPage(browser, { locale: 'zh-CN' });
  await page.context().addCookies([{ name, value, url: api.origin }]);
  await page.goto(`${api.origin}/backup/settings`);
  const help = page.locator('tbody td:first-child .mono + *');
  await help.first().waitFor();
  const helps = await help.allTextContents();
  expect(helps.length).toBeGreaterThan(100);
  expect(helps.filter(isEnglish)).toEqual([]);
  const doctor = page.getByRole('region', { name: '诊断' });
  await doctor.getByRole('button', { name: '立即诊断' }).click();
  await doctor.getByText('正常', { exact: true }).first().waitFor({ timeout: 60_000 });
  const found = await doctor.getByRole('paragraph').allTextContents();
  expect(found.length).toBeGreaterThan(20);
  expect(found.filter(isEnglish)).toEqual([]);
  await page.context().close();
}, 90_000);
