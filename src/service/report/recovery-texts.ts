import type { ReportLanguage } from './texts.ts';

/** What the recovery kit says around the commands, which are the same in every language. */
export interface RecoveryTexts {
  readonly title: (host: string) => string;
  readonly made: (at: string) => string;
  readonly where: string;
  readonly local: (directory: string) => string;
  readonly bucket: (name: string, type: string, bucket: string, facts: readonly string[]) => string;
  readonly facts: Readonly<Record<'prefix' | 'region' | 'endpoint' | 'accessKey', string>>;
  readonly keys: string;
  readonly secretOf: (destination: string) => string;
  readonly privateKeyOf: (recipient: string) => string;
  readonly passphrase: string;
  readonly superuser: string;
  /** Where it is written down by hand. */
  readonly kept: string;
  readonly withUs: string;
  readonly withUsLead: string;
  readonly withoutUs: string;
  readonly withoutUsLead: string;
  readonly database: (name: string) => string;
  readonly noBackup: string;
  readonly holds: (backup: string, about: BackupFacts) => string;
  readonly fetch: (files: readonly string[]) => string;
  readonly unpack: (options: string) => string;
  readonly after: (backup: string) => string;
}

interface BackupFacts {
  readonly at: string;
  readonly bytes: number;
  /** Major version of the source's server. */
  readonly major: number;
}

const en: RecoveryTexts = {
  title: (host) => `Recovery kit of PMA Backup on ${host}`,
  made: (at) =>
    `Made ${at}. Print it, and keep it where you find it when this machine is gone, with the keys\nthat it names. There are no secrets in it.`,
  where: 'Where the backups are',
  local: (directory) => `local: the directory ${directory}`,
  bucket: (name, type, bucket, facts) =>
    `${name}: ${[`the ${type} bucket ${bucket}`, ...facts].join(', ')}`,
  facts: { prefix: 'prefix', region: 'region', endpoint: 'endpoint', accessKey: 'access key' },
  keys: 'Which keys you need',
  secretOf: (destination) => `the secret of the access key of ${destination}`,
  privateKeyOf: (recipient) => `the private key of ${recipient}, or of another one here`,
  passphrase: 'the passphrase',
  superuser: 'the password of a superuser on the server that shall hold the database',
  kept: ': kept at ________',
  withUs: 'With PMA Backup, on a new machine',
  withUsLead: 'Give it the same settings and the keys above, and then:',
  withoutUs: 'Without it',
  withoutUsLead:
    'You need `tar`, `zstd` (or `gzip`), the PostgreSQL programs, and `age` where the name ends in `.age`.\nThe newest backup is the one with the last time in its name; the commands are those of the newest\none when this page was made.',
  database: (name) => `Database ${name}`,
  noBackup: 'There was no proven full backup yet.',
  holds: (backup, { at, bytes, major }) =>
    `${backup} holds the database as of ${at}, ${bytes} bytes, from PostgreSQL ${major}.`,
  fetch: (files) => `Fetch ${files.join(' and ')} with one of these:`,
  unpack: (options) =>
    `Compare, unpack and restore; \`createdb\` also needs encoding and locale (${options}):`,
  after: (backup) =>
    `Where \`${backup}/verify\` was unpacked, \`globals.sql\` in it makes the roles (before the last command), and\n\`database.sql\` gives the database its owner and settings.`,
};

const zhCN: RecoveryTexts = {
  title: (host) => `PMA Backup 恢复手册（主机 ${host}）`,
  made: (at) =>
    `生成于 ${at}。请打印出来，与下面列出的密钥一起，放在这台机器不在了也能找到的地方。本页不含任何机密。`,
  where: '备份在哪里',
  local: (directory) => `local：目录 ${directory}`,
  bucket: (name, type, bucket, facts) =>
    `${name}：${[`${type} 存储桶 ${bucket}`, ...facts].join('，')}`,
  facts: { prefix: '前缀', region: '区域', endpoint: '端点', accessKey: '访问密钥' },
  keys: '需要哪些密钥',
  secretOf: (destination) => `${destination} 的访问密钥所对应的密码`,
  privateKeyOf: (recipient) => `${recipient} 的私钥，或这里所列另一个公钥的私钥`,
  passphrase: '加密口令',
  superuser: '接收数据库的那台服务器上超级用户的密码',
  kept: '：存放于 ________',
  withUs: '在新机器上使用 PMA Backup 恢复',
  withUsLead: '使用相同的设置和上面的密钥，然后运行：',
  withoutUs: '不使用本软件恢复',
  withoutUsLead:
    '需要 `tar`、`zstd`（或 `gzip`）和 PostgreSQL 客户端程序；文件名以 `.age` 结尾的还需要 `age`。\n文件名中时间最晚的就是最新的备份；下面的命令针对生成本页时最新的备份。',
  database: (name) => `数据库 ${name}`,
  noBackup: '还没有通过验证的全量备份。',
  holds: (backup, { at, bytes, major }) =>
    `${backup} 是数据库在 ${at} 时的内容，${bytes} 字节，来自 PostgreSQL ${major}。`,
  fetch: (files) => `用下列任意一组命令取回 ${files.join(' 和 ')}：`,
  unpack: (options) => `核对、解包并恢复；\`createdb\` 还需要编码和区域设置（${options}）：`,
  after: (backup) =>
    `解包得到的 \`${backup}/verify\` 目录中，\`globals.sql\` 用来创建角色（在最后一条命令之前运行），\n\`database.sql\` 用来恢复数据库的所有者和设置。`,
};

export const recoveryTexts: Readonly<Record<ReportLanguage, RecoveryTexts>> = {
  en,
  'zh-CN': zhCN,
};
