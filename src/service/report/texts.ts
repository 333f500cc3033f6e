/** What a report says, in each language; facts that programs wrote stay as they are. */
export interface ReportTexts {
  readonly title: string;
  readonly states: Readonly<Record<'proven' | 'unproven' | 'failed' | 'none', string>>;
  readonly facts: Readonly<Record<Fact, string>>;
  readonly sections: Readonly<Record<Section, string>>;
  readonly columns: Readonly<Record<Column, string>>;
  readonly equal: Readonly<Record<'yes' | 'no', string>>;
  readonly nothing: string;
  readonly directly: string;
  readonly method: string;
}

export type Fact =
  | 'backup'
  | 'database'
  | 'kind'
  | 'recoveryPoint'
  | 'artifact'
  | 'bytes'
  | 'sha256'
  | 'encryption'
  | 'tested'
  | 'took'
  | 'from'
  | 'server'
  | 'reason'
  | 'written';
type Section = 'copies' | 'compared' | 'differences' | 'notCompared' | 'warnings' | 'tables';
type Column = 'destination' | 'state' | 'where' | 'table' | 'rows' | 'restored' | 'hash' | 'equal';

const en: ReportTexts = {
  title: 'Report of a test restore',
  states: {
    proven: 'Proven: what was restored equals what the source held',
    unproven: 'Not proven: it could not be tested',
    failed: 'Failed: what was restored differs from what the source held',
    none: 'Never test-restored',
  },
  facts: {
    backup: 'Backup',
    database: 'Database',
    kind: 'Kind',
    recoveryPoint: 'State of the database as of',
    artifact: 'Artifact',
    bytes: 'Bytes',
    sha256: 'SHA-256 of the artifact',
    encryption: 'Encrypted for',
    tested: 'Test restore from and to',
    took: 'Seconds',
    from: 'Restored from',
    server: 'Restored into PostgreSQL',
    reason: 'Reason',
    written: 'Written by',
  },
  sections: {
    copies: 'Copies',
    compared: 'What was compared',
    differences: 'Differences',
    notCompared: 'Not compared',
    warnings: 'Warnings of the programs',
    tables: 'Tables',
  },
  columns: {
    destination: 'Destination',
    state: 'State',
    where: 'Where',
    table: 'Table',
    rows: 'Rows in the source',
    restored: 'Rows restored',
    hash: 'Fingerprint',
    equal: 'Equal',
  },
  equal: { yes: 'yes', no: 'NO' },
  nothing: 'none',
  directly: 'the dump, before it was stored',
  method:
    'The backup was restored into an empty database on a separate server. For each table the number of rows and a 64-bit fingerprint of all rows were computed there with the same statement that the source had answered at the moment of the dump, and compared; so were sequences, large objects and the definition of every object.',
};

const zhCN: ReportTexts = {
  title: '恢复测试报告',
  states: {
    proven: '已通过验证：恢复出的内容与源数据库一致',
    unproven: '未验证：无法进行测试',
    failed: '未通过：恢复出的内容与源数据库不一致',
    none: '从未做过恢复测试',
  },
  facts: {
    backup: '备份',
    database: '数据库',
    kind: '类型',
    recoveryPoint: '数据库状态的时间点',
    artifact: '备份文件',
    bytes: '字节数',
    sha256: '备份文件的 SHA-256',
    encryption: '加密接收者',
    tested: '恢复测试的起止时间',
    took: '用时（秒）',
    from: '恢复来源',
    server: '恢复到的 PostgreSQL 版本',
    reason: '原因',
    written: '生成程序',
  },
  sections: {
    copies: '副本',
    compared: '比较的内容',
    differences: '差异',
    notCompared: '未比较的内容',
    warnings: '程序的警告',
    tables: '数据表',
  },
  columns: {
    destination: '目的地',
    state: '状态',
    where: '地址',
    table: '数据表',
    rows: '源数据库行数',
    restored: '恢复的行数',
    hash: '指纹',
    equal: '一致',
  },
  equal: { yes: '是', no: '否' },
  nothing: '无',
  directly: '存储之前的转储文件',
  method:
    '备份被恢复到独立服务器上的一个空数据库。对每个数据表，用转储时在源数据库上执行的同一条语句计算行数和全部行的 64 位指纹，并逐一比较；序列、大对象和每个对象的定义也作了比较。',
};

export const reportTexts = { en, 'zh-CN': zhCN } as const;
export type ReportLanguage = keyof typeof reportTexts;
