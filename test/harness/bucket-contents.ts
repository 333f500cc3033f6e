import {
  GetObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { formatBackupId } from '../../src/domain/backup-name.ts';
import type { BackupSummary } from '../../src/domain/backup.ts';
import type { FaultProxy } from './fault-proxy.ts';
import type { S3Server } from './s3-server.ts';

/** The keys of all objects. */
export async function objectsIn({ client }: S3Server, Bucket: string): Promise<string[]> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }));
  return Contents.map(({ Key = '' }) => Key);
}

/** The keys of all versions, and of what hides some. */
export async function versionsIn({ client }: S3Server, Bucket: string): Promise<string[]> {
  const found = await client.send(new ListObjectVersionsCommand({ Bucket }));
  return [...(found.Versions ?? []), ...(found.DeleteMarkers ?? [])].map(({ Key = '' }) => Key);
}

/** Puts a backup of last week into the bucket, made from the reports of another one; it can be deleted, not restored. */
export async function storeOld(
  server: S3Server,
  Bucket: string,
  { id, database }: BackupSummary,
): Promise<string> {
  const time = new Date(Date.now() - 7 * 24 * 3600 * 1000);
  const old = formatBackupId({ database, kind: 'full', module: null, time });
  for (const key of (await objectsIn(server, Bucket)).filter((one) => one.includes(id))) {
    const { Body } = await server.client.send(new GetObjectCommand({ Bucket, Key: key }));
    const content = key.endsWith('.json')
      ? (await Body!.transformToString())
          .replaceAll(id, old)
          .replaceAll(/"triggeredAt": "[^"]+"/g, `"triggeredAt": "${time.toISOString()}"`)
      : await Body!.transformToByteArray();
    const to = { Bucket, Key: key.replaceAll(id, old) };
    await server.client.send(new PutObjectCommand({ ...to, Body: content }));
  }
  return old;
}

/** Key and number of each part that the server has confirmed. */
export function partsTaken({ served, url: base }: FaultProxy): string[] {
  return served
    .filter(({ method, status, url }) => method === 'PUT' && status === 200 && /partN/.test(url))
    .map(({ url }) => `${new URL(url, base).pathname} ${/partNumber=(\d+)/.exec(url)?.[1]}`);
}
