import { Client, Connection } from '@temporalio/client';
import { BackupError } from '../errors.ts';
import type { Secret } from '../secret.ts';

/** How to reach a Temporal server; `tls` null is plain text. */
export interface TemporalAddress {
  readonly address: string;
  readonly namespace: string;
  readonly apiKey: Secret | null;
  readonly tls: {
    readonly serverRootCA: Buffer | null;
    readonly clientCert: Buffer | null;
    readonly clientKey: Buffer | null;
    readonly serverName: string | null;
  } | null;
}

/** A client for workflows and schedules. Throws `temporal_unreachable`; close it by `client.connection.close()`. */
export async function connectClient(target: TemporalAddress): Promise<Client> {
  try {
    const connection = await Connection.connect({
      ...connectionOptions(target),
      connectTimeout: '10s',
    });
    return new Client({ connection, namespace: target.namespace });
  } catch (error) {
    throw unreachable(target, error);
  }
}

/** Asks the server, so many milliseconds and no longer. Throws `temporal_unreachable`. */
export async function askWithin<T>(
  { connection }: Client,
  patience: number,
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await connection.withDeadline(Date.now() + patience, ask);
  } catch (error) {
    throw new BackupError('temporal_unreachable', 'Temporal does not answer', {
      hint: 'is the server running? pma-backup doctor',
      cause: error,
    });
  }
}

/** What client and worker alike need to connect. */
export function connectionOptions({ address, apiKey, tls }: TemporalAddress) {
  return {
    address,
    ...(apiKey === null ? {} : { apiKey: apiKey.reveal() }),
    tls: tls === null ? false : tlsOptions(tls),
  };
}

function tlsOptions(tls: NonNullable<TemporalAddress['tls']>) {
  const { serverRootCA, clientCert, clientKey, serverName } = tls;
  return {
    ...(serverRootCA === null ? {} : { serverRootCACertificate: serverRootCA }),
    ...(serverName === null ? {} : { serverNameOverride: serverName }),
    ...(clientCert === null || clientKey === null
      ? {}
      : { clientCertPair: { crt: clientCert, key: clientKey } }),
  };
}

/** The error of a connection that could not be made. */
export function unreachable({ address }: TemporalAddress, cause: unknown): BackupError {
  return new BackupError('temporal_unreachable', `Temporal does not answer at '${address}'`, {
    hint: 'is the server running, and do TEMPORAL_ADDRESS and TEMPORAL_TLS_* fit it?',
    cause,
  });
}
