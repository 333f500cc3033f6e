const days = 1000;

/** So many backups in a catalog that has none, as twenty databases leave them that are backed up five times a day. */
export async function fillCatalog(client, count) {
  const databases = Math.max(1, Math.round(count / days / 5));
  for (const statement of [backups, copies, proofs]) await client.query(statement(databases));
  await client.query(audit, [count]);
  await client.query('VACUUM (ANALYZE)');
}

// One of five is a full; in the newest half year every tenth is not as it should be.
const backups = (databases) => `
  INSERT INTO pma_backup.backups (id, database, kind, state, base, reason, workflow_id, run_id, queue, triggered_at,
    snapshot_at, finished_at, last_proven_at, file, bytes, sha256, dump_bytes, tables, rows, timings, manifest)
  SELECT id, database, kind, CASE WHEN n % 10 < 9 THEN 'proven' WHEN n % 20 < 10 THEN 'failed' ELSE 'unproven' END,
    CASE kind WHEN 'incremental' THEN id END, NULL, 'backup/' || id, id, 'pma-backup', at, at, at + interval '3 minutes',
    CASE WHEN n % 10 < 9 THEN at + interval '3 minutes' END, id || '.tar.zst', 1000000 + n, md5(id) || md5(id), 5000000 + n, 30, 1000 * n,
    '{"dumped": 1, "sealed": 2, "offsite": 3, "proven": 4, "total": 5}', jsonb_build_object('id', id,
      'artifact', jsonb_build_object('file', id || '.tar.zst'), 'source', jsonb_build_object('tables', tables))
  FROM (
    SELECT *, database || '_' || kind || to_char(at, '_YYYYMMDD_HH24MISS') AS id FROM (
      SELECT d * 5 * ${days} + n AS n, 'shop-' || d AS database, CASE n % 5 WHEN 0 THEN 'full' ELSE 'incremental' END AS kind,
        date_trunc('day', now()) - interval '1 hour' - n / 5 * interval '1 day' - n % 5 * interval '4 hours' AS at
      FROM generate_series(1, ${databases}) d, generate_series(0, ${5 * days} - 1) n
    ) AS slot
  ) AS made, (
    SELECT jsonb_agg(jsonb_build_object('schema', 'public', 'table', 'table ' || t, 'rows', t, 'hash', md5(t::text))) AS tables
    FROM generate_series(1, 30) t
  ) AS described`;

const copies = () => `
  INSERT INTO pma_backup.copies (backup_id, destination, host, uri, key, bytes, sha256, state, checked_at)
  SELECT id, destination, host, destination || '://' || file, database || '/' || file, bytes, sha256, 'good', finished_at
  FROM pma_backup.backups, (VALUES ('local', 'a-host'), ('s3', '')) AS place (destination, host)`;

const proofs = () => `
  INSERT INTO pma_backup.proofs (backup_id, state, started_at, seconds, tables, rows, mismatches, report)
  SELECT id, 'proven', finished_at, 10, tables, rows, 0, manifest FROM pma_backup.backups WHERE state = 'proven'`;

const audit = `
  INSERT INTO pma_backup.audit (at, user_name, via, address, action, target, result)
  SELECT now() - n * interval '10 minutes', 'user ' || n % 7, 'session', '127.0.0.1',
    (ARRAY['login', 'download', 'backup'])[1 + n % 3], 'shop', 'done'
  FROM generate_series(1, $1) n`;
