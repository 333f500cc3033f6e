import type { ErrorCode } from '../errors.ts';

/** What a failure means, and what to do. */
interface ErrorText {
  readonly meaning: string;
  readonly remedy: string;
}

/** In Simplified Chinese: the table of README.zh-CN. In English each failure says so itself. */
export const errorTexts: Readonly<Record<ErrorCode, ErrorText>> = {
  invalid_settings: {
    meaning: '设置有误或未知',
    remedy: '改正提示中的设置；pma-backup config show 列出全部',
  },
  usage: { meaning: '命令行或工作流的输入有误', remedy: '按提示的写法，或查看 --help' },
  needs_full: {
    meaning: '出于所述原因，无法在上一个全量备份之后做增量',
    remedy: '无需处理：已改做全量备份',
  },
  not_found: { meaning: '没有这个备份或数据库', remedy: '查看 pma-backup list 和设置中的名称' },
  not_proven: { meaning: '备份无法测试', remedy: '消除原因，然后 pma-backup verify ID' },
  conflict: { meaning: '被另一个进程或运行占用', remedy: '等它结束，或停止它' },
  cancelled: { meaning: '运行被取消', remedy: '若是误操作，请重新启动' },
  login_required: {
    meaning: '请求 API 时没有会话或令牌',
    remedy: '登录，或发送 Authorization: Bearer TOKEN',
  },
  login_failed: {
    meaning: '用户名或密码错误',
    remedy: '重试；pma-backup users reset NAME 生成新密码',
  },
  too_many_attempts: { meaning: '错误密码次数过多', remedy: '按消息所说的时间等待' },
  oidc_unreachable: {
    meaning: 'OpenID Connect 服务器没有正常应答',
    remedy: '检查 console.oidc.issuer',
  },
  forbidden: { meaning: '用户的角色或令牌的权限范围不允许', remedy: '请联系管理员' },
  method_unknown: { meaning: 'API 的这个路径只支持其他方法', remedy: '参见 /backup/api/docs' },
  range_outside: { meaning: '下载请求的字节范围超出文件', remedy: '请求文件大小之内的范围' },
  too_large: { meaning: '请求过大', remedy: '减小请求' },
  server_unreachable: {
    meaning: 'PostgreSQL 服务器没有应答',
    remedy: '检查它是否运行，以及主机、端口和防火墙',
  },
  host_unknown: { meaning: '服务器的主机名无法解析', remedy: '检查名称和本机的 DNS' },
  login_refused: {
    meaning: '服务器拒绝了该角色或密码',
    remedy: '检查二者，以及 pg_hba.conf 中的本机条目',
  },
  database_missing: { meaning: '服务器上没有这个数据库', remedy: '检查设置中的名称' },
  tls_refused: {
    meaning: '无法建立符合 sslmode 的 TLS 连接',
    remedy: '对照服务器检查 sslmode 和证书',
  },
  too_many_connections: {
    meaning: '服务器没有空闲连接',
    remedy: '调大 max_connections，或减少同时进行的备份',
  },
  too_many_locks: {
    meaning: '服务器的锁表已满',
    remedy: '调大 max_locks_per_transaction 并重启服务器；pma-backup doctor 给出数值',
  },
  connection_lost: {
    meaning: '连接中断',
    remedy: '会自动重试；检查服务器是否重启，或防火墙是否断开空闲连接',
  },
  server_unsupported: { meaning: '不支持服务器的版本', remedy: '升级服务器或本软件' },
  standby_refused: { meaning: '服务器是备库', remedy: '在设置中填写主库' },
  pooler_refused: {
    meaning: '中间有不合适的连接池',
    remedy: '在设置中填写服务器自己的端口，或会话模式的连接池',
  },
  query_failed: { meaning: '服务器因其他原因拒绝了查询', remedy: '阅读消息；--debug 显示更多' },
  permission_denied: {
    meaning: '角色无权读取某个对象',
    remedy: '执行提示中的 GRANT；pma-backup doctor 列出全部',
  },
  row_security: {
    meaning: '行级安全对该角色隐藏了行',
    remedy: 'ALTER ROLE … BYPASSRLS，或由超级用户备份',
  },
  lock_conflict: { meaning: '表被他人锁定', remedy: '会自动重试；请在没有迁移时备份' },
  blocked_too_long: {
    meaning: '转储阻塞应用超过 maxBlockSeconds',
    remedy: '会自动重试；请在没有迁移时备份，或调大该设置',
  },
  stalled: {
    meaning: '某一步在 stallSeconds 内毫无进展',
    remedy: '会自动重试；结束所指的会话，或检查服务器的磁盘和网络',
  },
  program_missing: { meaning: '缺少程序', remedy: '安装提示中的程序' },
  program_too_old: { meaning: 'pg_dump 比服务器旧', remedy: '安装与服务器同版本的客户端程序' },
  program_failed: { meaning: '程序出错退出', remedy: '阅读消息；--debug 显示其输出的末尾' },
  dump_failed: { meaning: 'pg_dump 失败', remedy: '阅读消息；会自动重试' },
  target_refused: {
    meaning: '目标目前的状态不能恢复',
    remedy: '按提示操作：--create、--clean、--roles，或安装那里缺少的东西',
  },
  restore_failed: {
    meaning: '备份文件无法恢复',
    remedy: '阅读消息；保留备份文件，查看验证报告：pma-backup show ID',
  },
  proof_failed: {
    meaning: '恢复出的数据库与源库不同',
    remedy: '不要依赖这个备份；pma-backup show ID --tables 说明差异所在',
  },
  directory_not_writable: {
    meaning: '目录不可写',
    remedy: '把目录授权给运行本软件的用户，或另设目录',
  },
  disk_too_small: { meaning: '空间可能不够备份使用', remedy: '释放空间：数据库的三倍' },
  disk_full: { meaning: '途中磁盘已满', remedy: '释放空间；未完成的文件已经清除' },
  artifact_missing: {
    meaning: '备份文件不在应在的位置',
    remedy: '到消息所说的路径查找；做一次新备份',
  },
  key_missing: { meaning: '这里没有能解密的密钥', remedy: '把消息所说的私钥或口令交给 worker' },
  artifact_corrupted: {
    meaning: '备份文件与封存时不一致',
    remedy: '不要依赖它；检查磁盘，并做一次新备份',
  },
  notify_failed: {
    meaning: '渠道没有接收消息',
    remedy: '检查地址和密钥；pma-backup doctor --alerts 逐一测试',
  },
  storage_unreachable: {
    meaning: '目的地没有应答，或连接中断',
    remedy: '会自动重试；检查网络、端点和代理',
  },
  storage_busy: { meaning: '目的地要求暂缓请求', remedy: '会放慢速度重试；减少并行分片可能有帮助' },
  storage_refused: { meaning: '目的地拒绝了密钥或请求', remedy: '检查密钥、区域和提示中的权限' },
  storage_full: { meaning: '存储配额用尽', remedy: '提高配额，或删除存储桶中的内容' },
  bucket_missing: { meaning: '存储桶不存在', remedy: '创建它，或改正名称、区域和端点' },
  clock_skew: { meaning: '本机时钟与目的地不一致', remedy: '用 NTP 校准时钟' },
  temporal_unreachable: {
    meaning: 'Temporal 服务器没有应答',
    remedy: '检查它是否运行，以及 TEMPORAL_ADDRESS 和 TEMPORAL_TLS_*',
  },
  catalog_unreachable: {
    meaning: '目录数据库的服务器没有应答',
    remedy: '检查它是否运行，以及 CATALOG_DATABASE_URL',
  },
  start_failed: { meaning: '本软件自带的服务器没有启动', remedy: '阅读所指的日志' },
  internal: { meaning: '没有预料到的情况', remedy: '用 --debug 再运行一次，并报告输出' },
};
