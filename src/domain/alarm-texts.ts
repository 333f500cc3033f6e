import type { AlarmType } from './alarm.ts';

/** What an alarm of each type is about, and what to do besides its own hint. */
type AlarmTexts = Readonly<
  Record<AlarmType, { readonly subject: string; readonly advice: string }>
>;

const en: AlarmTexts = {
  backup: { subject: 'a backup is not good', advice: '' },
  copy: { subject: 'a stored copy is lost, damaged or hidden', advice: '' },
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
  other: { subject: 'something needs attention', advice: '' },
};

const zhCN: AlarmTexts = {
  backup: {
    subject: '备份失败或未通过验证',
    advice: '在此之前的备份仍然可用；请按提示排除原因后重新备份',
  },
  copy: {
    subject: '备份副本丢失、已损坏或被覆盖',
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
  other: { subject: '有情况需要处理', advice: '' },
};

/** In each language; the fact itself stays as the programs wrote it, so that it can be searched for. */
export const alarmTexts = { en, 'zh-CN': zhCN } as const;
