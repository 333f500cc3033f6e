import type { CleanupResult } from './api-client.ts';
import { zhCN } from './i18n/zh-CN.ts';
import type { Language } from './i18n/languages.ts';

/** The parts of retention's reasons, between commas, in Chinese. */
const chinese: readonly (readonly [RegExp, string])[] = [
  [/^running$/, '备份进行中'],
  [/^being uploaded$/, '正在上传'],
  [/^a restore reads it$/, '有恢复正在读取'],
  [/^on hold$/, '被人工保留'],
  [/^imported and not released$/, '导入的备份，尚未解除保留'],
  [/^its time lies in the future$/, '其时间在未来'],
  [/^newest proven full$/, '最新的已验证全量备份'],
  [/^newest proven schema_only$/, '最新的已验证结构备份'],
  [/^newest proven data_only$/, '最新的已验证数据备份'],
  [/^incremental of the newest proven full$/, '属于最新已验证全量备份的增量'],
  [/^needed by (\S+)$/, '被 $1 依赖'],
  [/^not in (.+) yet$/, '尚未存入 $1'],
  [/^to be stored again from the local copy$/, '将由本地副本重新存入'],
  [/^locked$/, '已锁定'],
  [/^until when is not known$/, '期限未知'],
  [/^no proven \w+ has a good copy here$/, '此处没有已验证备份的完好副本'],
  [/^no younger proven \w+ has a good copy here$/, '此处没有更新的已验证备份的完好副本'],
  [/^for ever$/, '永久'],
  [/^no rule for this destination$/, '该目的地没有保留规则'],
  [/^not older than (\d+) days?$/, '未超过 $1 天'],
  [/^older than (\d+) days?$/, '超过 $1 天'],
  [/^oldest$/, '最旧的一份'],
  [/^last (\d+) of (\d+)$/, '最近 $2 份中的第 $1 份'],
  [/^daily (\d+) of (\d+)$/, '每日保留的 $2 份中的第 $1 份'],
  [/^weekly (\d+) of (\d+)$/, '每周保留的 $2 份中的第 $1 份'],
  [/^monthly (\d+) of (\d+)$/, '每月保留的 $2 份中的第 $1 份'],
  [/^yearly (\d+) of (\d+)$/, '每年保留的 $2 份中的第 $1 份'],
  [/^last (\d+)$/, '最近 $1 份'],
  [/^daily (\d+)$/, '每日 $1 份'],
  [/^weekly (\d+)$/, '每周 $1 份'],
  [/^monthly (\d+)$/, '每月 $1 份'],
  [/^yearly (\d+)$/, '每年 $1 份'],
  [/^failed$/, '失败'],
  [/^unproven$/, '未验证'],
  [/^cancelled$/, '已取消'],
  [/^skipped$/, '已跳过'],
  [/^missing$/, '副本缺失'],
  [/^damaged$/, '副本已损坏'],
  [/^uploading$/, '上传未完成'],
  [/^its last check was bad$/, '上次检查未通过'],
];

/** Why clean-up keeps or deletes a copy, in the reader's language; what we have no words for stays as the service says it. */
export function reasonWords(reason: string, language: Language): string {
  return language === 'en' ? reason : (inChinese(reason) ?? reason);
}

/** Which series a clean-up left alone and why, in the reader's language. */
export function stopWords(stop: CleanupResult['stops'][number], language: Language): string {
  const { database, series, reason } = stop;
  if (language === 'en') return `${database}, ${series}: ${reason}`;
  return `${database}，${seriesInChinese(series) ?? series}：${stopInChinese(reason) ?? reason}`;
}

function seriesInChinese(series: string): string | undefined {
  const [, kind = '', module, destination, host] =
    /^(\w+)(?: of module '([^']+)')? in '([^']+)'(?: of host (.+))?$/.exec(series) ?? [];
  if (!isKind(kind)) return undefined;
  const of = module === undefined ? '' : `模块 '${module}' 的`;
  const on = host === undefined ? '' : `主机 ${host} 的`;
  return `${on}目的地 '${destination}' 中${of}${zhCN[`kind.${kind}`]}备份`;
}

function isKind(kind: string): kind is 'full' | 'schema_only' | 'data_only' | 'script' {
  return ['full', 'schema_only', 'data_only', 'script'].includes(kind);
}

const stops: readonly (readonly [RegExp, string])[] = [
  [
    /^the clock, (\S+), is before the newest backup, '([^']+)'$/,
    "本机时钟（$1）早于最新的备份 '$2'",
  ],
  [/^would delete (\d+) of (\d+), more than half$/, '将删除 $2 个中的 $1 个，超过一半'],
];

function stopInChinese(reason: string): string | undefined {
  const found = stops.find(([pattern]) => pattern.test(reason));
  return found && reason.replace(...found);
}

function inChinese(reason: string): string | undefined {
  const stopped = /^kept: clean-up stopped; else (.+)$/.exec(reason)?.[1];
  if (stopped !== undefined) return joined('保留：清理已停止；否则', inChinese(stopped));
  const [, verdict, until, rest = ''] =
    /^(kept|deleted)(?: until ([^ ]+))?: (.+)$/.exec(reason) ?? [];
  if (verdict === undefined) return undefined;
  const head = `${verdict === 'kept' ? '保留' : '删除'}${until === undefined ? '' : `至 ${until}`}：`;
  return joined(head, partsInChinese(rest));
}

function partsInChinese(text: string): string | undefined {
  const full = /^its full is (.+)$/.exec(text)?.[1];
  if (full !== undefined) return joined('其全量备份为', partsInChinese(full));
  const [, before = '', not] = /^(?:(.*), )?not among (.+)$/.exec(text) ?? [];
  if (not !== undefined) {
    const beyond = joined('不在保留数量之内：', partsInChinese(not));
    return before === '' ? beyond : joined(`${partsInChinese(before) ?? before}，`, beyond);
  }
  const parts = text.split(', ').map((part) => {
    const found = chinese.find(([pattern]) => pattern.test(part));
    return found && part.replace(...found);
  });
  return parts.includes(undefined) ? undefined : parts.join('，');
}

function joined(head: string, tail: string | undefined): string | undefined {
  return tail === undefined ? undefined : head + tail;
}
