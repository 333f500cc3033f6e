import { describe, expect, test } from 'vitest';
import type { Notice } from '../../../src/domain/notice.ts';
import { errorTexts } from '../../../src/domain/error-texts.ts';
import { isOfInterest, type Interest } from '../../../src/domain/notice.ts';
import type { ErrorCode } from '../../../src/errors.ts';
import { describeNotice } from '../../../src/notify/describe.ts';
import { alarmNotice, testNotice } from '../../../src/notify/notices.ts';

const now = new Date('2026-03-03T16:00:00Z');
const alarm = {
  ...{ id: 7, event: 'alarm' as const, key: 'stale:shop', database: 'shop' },
  ...{ message: `the newest proven backup is 2 days old`, hint: 'pma-backup backup shop' },
  ...{ raisedAt: '2026-03-02T15:50:00.000Z', clearedAt: null },
};
const open = alarmNotice(alarm, now);

describe('in Chinese', () => {
  const inChinese = (notice: Notice) =>
    describeNotice(notice, { language: 'zh-CN', timeZone: 'Asia/Shanghai' });

  test('an alarm says what happened, since when and what to do', () => {
    const { title, lines } = inChinese(open);
    expect(title).toBe('[PMA Backup] 告警: 最近一次通过验证的备份太旧（数据库 shop）');
    expect(lines).toEqual([
      '情况：最近一次通过验证的备份太旧',
      '详情：the newest proven backup is 2 days old',
      '开始时间：2026-03-02 23:50:00 (Asia/Shanghai)，已持续 24 小时 10 分钟',
      '处理办法：请检查服务和计划任务是否在运行，并立即备份一次 – pma-backup backup shop',
    ]);
  });

  test.each(Object.entries(errorTexts))(
    'an alarm of the error %s says what that means and what to do',
    (code, { meaning, remedy }) => {
      const failed = { ...alarm, key: 'backup:shop:full', code: code as ErrorCode };
      const { lines } = inChinese(alarmNotice(failed, now));
      expect(lines[0]).toBe(`情况：${meaning}`);
      expect(lines[1]).toBe(`详情：${alarm.message}`);
      expect(lines[3]).toBe(`处理办法：${remedy} – ${alarm.hint}`);
    },
  );

  test('an alarm of an error that this version does not know is told by its kind', () => {
    const code = 'of_tomorrow' as ErrorCode;
    expect(inChinese(alarmNotice({ ...alarm, code }, now)).lines).toEqual(inChinese(open).lines);
  });

  test('each alarm of a clean-up is called what it is', () => {
    const titles = ['stopped', 'failed', 'refused', 'host'].map(
      (what) => inChinese(alarmNotice({ ...alarm, key: `cleanup-${what}:shop` }, now)).title,
    );
    expect(new Set(titles).size).toBe(4);
  });

  test('its end says since when it is over', () => {
    const notice = alarmNotice({ ...alarm, event: 'cleared', clearedAt: now.toISOString() }, now);
    const { title, lines } = inChinese(notice);
    expect(title).toMatch(/^\[PMA Backup\] 告警已解除: /);
    expect(lines.at(-1)).toBe('解除时间：2026-03-04 00:00:00 (Asia/Shanghai)');
  });

  test('an alarm of a kind without words of its own is told, too', () => {
    const { title, lines } = inChinese(
      alarmNotice({ ...alarm, key: 'flood:x', database: null }, now),
    );
    expect(title).toBe('[PMA Backup] 告警: 有情况需要处理');
    expect(lines.at(-1)).toBe('处理办法：pma-backup backup shop');
  });
});

test('each reminder is a delivery of its own, each attempt of one is not', () => {
  const reminder = { ...alarm, event: 'reminder' as const };
  const later = new Date(now.getTime() + 1);
  expect(alarmNotice(reminder, now).id).not.toBe(alarmNotice(reminder, later).id);
  expect(alarmNotice(alarm, now).id).toBe(alarmNotice(alarm, later).id);
});

describe('a channel hears', () => {
  const channel: Interest = { type: 'webhook', databases: [], severity: 'warning' };
  const proven: Notice = { ...open, event: 'proven', severity: 'info' };
  const general: Notice = { ...open, database: null };
  const rows: [string, Notice, Partial<Interest>, boolean][] = [
    ['what is as bad as it asks for', { ...open, severity: 'warning' }, {}, true],
    ['nothing that is less bad', { ...open, severity: 'warning' }, { severity: 'critical' }, false],
    ['of proven backups if it asks for info', proven, { severity: 'info' }, true],
    ['nothing of them otherwise', proven, {}, false],
    ['of its databases', open, { databases: ['shop'] }, true],
    ['nothing of others', open, { databases: ['crm'] }, false],
    ['what concerns no single database', general, { databases: ['crm'] }, true],
    ['as a ping, proven backups', proven, { type: 'ping', severity: 'critical' }, true],
    ['as a ping, no alarms', open, { type: 'ping', severity: 'info' }, false],
    ['each test', testNotice('x', now), { databases: ['crm'], severity: 'critical' }, true],
  ];

  test.each(rows)('%s', (_, notice, interest, heard) => {
    expect(isOfInterest(notice, { ...channel, ...interest })).toBe(heard);
  });
});
