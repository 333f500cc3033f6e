import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { Secret } from '../secret.ts';
import type { RestoreCatalog } from './contract/restores.ts';
import type { CatalogDatabase } from './tables.ts';

type Methods = Pick<RestoreCatalog, 'keepSecret' | 'secret' | 'forgetSecret' | 'forgetOldSecrets'>;

/**
 * Passwords that a person types for one run. The reference is the key: the catalog holds what nobody can read who has not
 * the reference, and the reference opens nothing once the row is gone.
 */
export function oneTimeSecretMethods(db: CatalogDatabase): Methods {
  return {
    async keepSecret(secret) {
      const reference = randomBytes(32).toString('base64url');
      const values = { id: secretId(reference), sealed: seal(secret, reference) };
      await db.insertInto('one_time_secrets').values(values).execute();
      return reference;
    },
    async secret(reference) {
      const row = await db
        .selectFrom('one_time_secrets')
        .select('sealed')
        .where('id', '=', secretId(reference))
        .executeTakeFirst();
      return row && open(row.sealed, reference);
    },
    async forgetSecret(reference) {
      await db.deleteFrom('one_time_secrets').where('id', '=', secretId(reference)).execute();
    },
    async forgetOldSecrets() {
      await db
        .deleteFrom('one_time_secrets')
        .where('created_at', '<', sql<Date>`now() - interval '1 hour'`)
        .where((where) =>
          where.not(
            where.exists(
              where
                .selectFrom('restores')
                .select('restores.secret')
                .whereRef('restores.secret', '=', 'one_time_secrets.id')
                .where('restores.tidy', '=', false),
            ),
          ),
        )
        .execute();
    },
  };
}

const algorithm = 'aes-256-gcm';
const tagBytes = 16;

/** A random key is used once: a nonce that is always the same is safe with it. */
const nonce = Buffer.alloc(12);

function seal(secret: Secret, reference: string): Buffer {
  const cipher = createCipheriv(algorithm, keyOf(reference), nonce);
  const sealed = Buffer.concat([cipher.update(secret.reveal(), 'utf8'), cipher.final()]);
  return Buffer.concat([cipher.getAuthTag(), sealed]);
}

function open(sealed: Buffer, reference: string): Secret {
  const decipher = createDecipheriv(algorithm, keyOf(reference), nonce);
  decipher.setAuthTag(sealed.subarray(0, tagBytes));
  const text = Buffer.concat([decipher.update(sealed.subarray(tagBytes)), decipher.final()]);
  return new Secret(text.toString('utf8'));
}

function keyOf(reference: string): Buffer {
  return Buffer.from(hkdfSync('sha256', reference, '', 'pma-backup one-time secret', 32));
}

/** What a secret is found by; it does not open it. */
export function secretId(reference: string): string {
  return createHash('sha256').update(reference).digest('hex');
}
