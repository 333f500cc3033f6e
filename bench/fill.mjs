const batch = 2_000; // rows: the sizes come out right, and Ctrl-C is answered soon

/**
 * Makes a database with these tables, together `bytes` large with TOAST and without indexes. Afterwards they are vacuumed
 * and on disk, so that no measure pays for the filling. Returns its real sizes.
 */
export async function fillDatabase(arena, { database, tables, bytes }) {
  await arena.createDatabase(database);
  return arena.session(database, async (client) => {
    for (const table of tables) await fill(client, table, table.share * bytes, arena.signal);
    await client.query('VACUUM ANALYZE');
    await client.query('CHECKPOINT');
    const { rows } = await client.query(sizes);
    const size = { tables: Number(rows[0].tables), database: Number(rows[0].database) };
    const [mb, all] = [size.tables, size.database].map((each) => Math.round(each / 1e6));
    arena.say(`'${database}': ${mb} MB of tables, ${all} MB with indexes and system catalogs`);
    return size;
  });
}

async function fill(client, { name, columns, rows, index }, bytes, signal) {
  await client.query(`CREATE TABLE ${name} (${columns})`);
  for (let from = 1; (await tableSize(client, name)) < bytes; from += batch) {
    signal.throwIfAborted();
    const series = `generate_series(${from}, ${from + batch - 1}) i`;
    await client.query(`INSERT INTO ${name} ${rows} FROM ${series}`);
  }
  if (index) await client.query(index);
}

async function tableSize(client, name) {
  const { rows } = await client.query('SELECT pg_table_size($1::text::regclass) AS bytes', [name]);
  return Number(rows[0].bytes);
}

const sizes = `
  SELECT sum(pg_table_size(oid)) AS tables, pg_database_size(current_database()) AS database
  FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`;
