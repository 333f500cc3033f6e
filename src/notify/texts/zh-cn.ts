import type { Texts } from './texts.ts';

/** Simplified Chinese. */
export const zhCN: Texts = {
  events: {
    alarm: '告警',
    reminder: '告警仍未解除',
    cleared: '告警已解除',
    proven: '成功',
    test: '测试',
  },
  proven: '备份已通过验证',
  test: '这个通知渠道可以使用',
  ofDatabase: (database) => `（数据库 ${database}）`,
  what: (message) => `情况：${message}`,
  detail: (message) => `详情：${message}`,
  since: (time, lasted) => `开始时间：${time}${lasted === '' ? '' : `，已持续 ${lasted}`}`,
  until: (time) => `解除时间：${time}`,
  lasted: (hours, minutes) => `${hours > 0 ? `${hours} 小时 ` : ''}${minutes} 分钟`,
  todo: (advice) => `处理办法：${advice}`,
};
