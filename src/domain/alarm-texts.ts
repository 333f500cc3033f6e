import type { ErrorCode } from '../errors.ts';
import { alarmType, type AlarmType } from './alarm.ts';
import { errorTexts } from './error-texts.ts';

/** What an alarm is about, and what to do besides its own hint. */
interface AlarmText {
  readonly subject: string;
  readonly advice: string;
}

/** Alarms that are about something else than the others of their type. */
type OwnKey = 'backup-start' | 'cleanup-failed' | 'cleanup-refused' | 'cleanup-host';

type AlarmTexts = Readonly<Record<AlarmType | OwnKey, AlarmText>>;

const en: AlarmTexts = {
  backup: { subject: 'a backup is not good', advice: '' },
  'backup-start': { subject: 'a backup could not begin', advice: '' },
  copy: { subject: 'a copy is lost, damaged, hidden or was not stored', advice: '' },
  check: { subject: 'stored copies could not be checked', advice: '' },
  proof: { subject: 'a test restore did not succeed', advice: '' },
  stale: { subject: 'no proven backup that is new enough', advice: '' },
  offsite: { subject: 'no off-site copy that is new enough', advice: '' },
  restoreTest: { subject: 'no test restore for too long', advice: '' },
  missed: { subject: 'a scheduled run did not begin', advice: '' },
  paused: { subject: 'a schedule is paused', advice: '' },
  disk: { subject: 'the disk will be full', advice: '' },
  destination: { subject: 'a destination cannot be used', advice: '' },
  key: { subject: 'nobody has the key of stored backups', advice: '' },
  settings: { subject: 'the settings or a key cannot be read', advice: '' },
  catalog: { subject: 'the catalog cannot be used', advice: '' },
  temporal: { subject: 'Temporal does not answer', advice: '' },
  worker: { subject: 'no worker runs', advice: '' },
  restore: { subject: 'a restore left something behind', advice: '' },
  cleanup: { subject: 'a clean-up stopped', advice: '' },
  'cleanup-failed': { subject: 'a clean-up failed', advice: '' },
  'cleanup-refused': { subject: 'expired copies could not be deleted', advice: '' },
  'cleanup-host': { subject: 'a host does not answer a clean-up', advice: '' },
  other: { subject: 'something needs attention', advice: '' },
};

const zhCN: AlarmTexts = {
  backup: {
    subject: '备份失败或未通过验证',
    advice: '在此之前的备份仍然可用；请按提示排除原因后重新备份',
  },
  'backup-start': {
    subject: '备份未能开始',
    advice: '请按提示排除原因；在此之前不会有新的备份',
  },
  copy: {
    subject: '备份副本丢失、已损坏、被覆盖或未能存储',
    advice: '丢失或损坏的副本不要再依赖，请立即做一次新的备份；被覆盖的请查明是谁写入了该存储桶',
  },
  check: { subject: '无法检查已存储的备份副本', advice: '请按提示排除原因后重新检查' },
  proof: {
    subject: '恢复测试没有通过',
    advice: '不要依赖这个备份；请查看差异并重新备份',
  },
  stale: {
    subject: '最近一次通过验证的备份太旧',
    advice: '请检查服务和计划任务是否在运行，并立即备份一次',
  },
  offsite: { subject: '最近的异地副本太旧', advice: '请检查云存储的密钥、网络和存储桶权限' },
  restoreTest: { subject: '太久没有做恢复测试', advice: '请运行一次恢复测试' },
  missed: { subject: '计划任务没有按时开始', advice: '请检查 Temporal 和工作进程是否在运行' },
  paused: { subject: '计划任务已暂停', advice: '如果不是有意暂停，请恢复它' },
  disk: { subject: '磁盘空间不够下一次备份', advice: '请清理磁盘空间，或换到更大的磁盘' },
  destination: { subject: '目的地无法使用', advice: '请检查密钥、网络、权限和目录' },
  key: {
    subject: '没有任何工作进程持有已存储备份的密钥',
    advice: '请确认私钥或口令保管妥当，并交给一个负责恢复的工作进程；没有它，这些备份无法恢复',
  },
  settings: {
    subject: '设置或密钥文件无法读取',
    advice: '请恢复所指的文件或改正设置；在此之前不会有新的备份',
  },
  catalog: {
    subject: '目录数据库（catalog）无法使用',
    advice: '请检查它的 PostgreSQL 服务器是否在运行',
  },
  temporal: { subject: 'Temporal 没有响应', advice: '请检查 Temporal 服务器是否在运行' },
  worker: { subject: '没有工作进程在运行', advice: '请启动一个工作进程；在此之前不会有新的备份' },
  restore: { subject: '一次恢复留下了未清理的数据库', advice: '请按提示删除它' },
  cleanup: { subject: '清理过期备份时停了下来', advice: '请查看原因后决定是否继续' },
  'cleanup-failed': { subject: '清理过期备份失败', advice: '请按提示排除原因后重新清理' },
  'cleanup-refused': {
    subject: '有过期的备份副本无法删除',
    advice: '请排除所述原因后重新清理；在此之前它们继续占用空间',
  },
  'cleanup-host': {
    subject: '一台主机没有响应，其磁盘上过期的备份副本没有删除',
    advice: '请启动该主机上的工作进程；如果该主机已不复存在，请运行 pma-backup catalog forget-host',
  },
  other: { subject: '有情况需要处理', advice: '' },
};

const alarmTexts = { en, 'zh-CN': zhCN } as const;

/** What an alarm says in one language, besides the fact and the hint themselves. */
export interface AlarmWords extends AlarmText {
  /** What happened; null: the fact says so in this language. */
  readonly meaning: string | null;
}

/**
 * An alarm in the words of a language; `code` is of the failure that it comes from, if there was one. The fact itself
 * stays as the programs wrote it, so that it can be searched for.
 */
export function alarmWords(
  { key, code }: { readonly key: string; readonly code?: string | null },
  language: keyof typeof alarmTexts,
): AlarmWords {
  const { subject, advice } = textOf(alarmTexts[language], key);
  if (language === 'en') return { subject, meaning: null, advice };
  // A service of another version may know other codes.
  const known = code && Object.hasOwn(errorTexts, code) ? (code as ErrorCode) : null;
  if (known === null) return { subject, meaning: subject, advice };
  const { meaning, remedy } = errorTexts[known];
  return { subject, meaning, advice: remedy };
}

function textOf(texts: AlarmTexts, key: string): AlarmText {
  const [own = ''] = key.split(':');
  return Object.hasOwn(texts, own) ? texts[own as keyof AlarmTexts] : texts[alarmType(key)];
}
