import { sql } from 'kysely';
import { selfTestDatabase } from '../domain/self-test.ts';
import type { CopyCatalog } from './contract/copies.ts';
import { catalogSchema, type CatalogDatabase } from './tables.ts';

/** Which copies are lost, rotten or were never stored. */
export function healingMethods(db: CatalogDatabase): Pick<CopyCatalog, 'copiesToMake'> {
  return {
    async copiesToMake({ database, backup, clouds, limit }) {
      const places = sql`unnest(array[${sql.join([...clouds, 'local'])}]::text[])`;
      const { rows } = await sql<{ backup: string; destination: string; host: string }>`
        select b.id as backup, place.name as destination, coalesce(c.host, '') as host
          from ${sql.table(`${catalogSchema}.backups`)} b
          cross join ${places} as place (name)
          left join ${sql.table(`${catalogSchema}.copies`)} c
            on c.backup_id = b.id and c.destination = place.name
         where b.manifest is not null and b.state in ('proven', 'unproven', 'failed')
           and (c.state in ('missing', 'damaged', 'failed')
                or (c.backup_id is null and place.name <> 'local'))
           and exists (select from ${sql.table(`${catalogSchema}.copies`)} good
                        where good.backup_id = b.id and good.state in ('good', 'locked'))
           and case when ${database ?? null}::text is null
                    then b.database <> ${selfTestDatabase} or ${backup ?? null}::text is not null
                    else b.database = ${database ?? null} end
           and (${backup ?? null}::text is null or b.id = ${backup ?? null})
         order by b.triggered_at desc, destination, host
         limit ${limit}`.execute(db);
      return rows.map(({ host, ...copy }) => ({ ...copy, host: host === '' ? null : host }));
    },
  };
}
