import { readFileSync } from 'node:fs';
import type { Client } from '@temporalio/client';
import { BackupError } from '../errors.ts';
import type { Settings } from '../config.ts';
import { connectClient, type TemporalAddress } from '../temporal/connection.ts';
import type { Parts } from './service-file.ts';

/** A client of the Temporal server in use, and where it is. */
export interface TemporalLink {
  /** Throws `internal` for a command that did not ask for Temporal. */
  readonly client: Client;
  /** null: this command has no Temporal. */
  readonly target: TemporalAddress | null;
  readonly address: string | null;
  readonly namespace: string;
  readonly ui: string | null;
  close(): Promise<void>;
}

/** Where Temporal is: the settings' server, else the embedded one; null when there is none. */
export function temporalAddress(
  settings: Settings,
  embedded: Parts['temporal'],
): TemporalAddress | null {
  const { address, namespace, apiKey } = settings.temporal;
  if (address !== null) return { address, namespace, apiKey, tls: tlsOf(settings) };
  return embedded && { ...embedded, apiKey: null, tls: null };
}

// An API key or a certificate asks for TLS, as in Temporal's own tools.
function tlsOf({ temporal: { tls, apiKey } }: Settings): TemporalAddress['tls'] {
  const read = (path: string | null, data: string | null) => {
    if (data !== null) return Buffer.from(data);
    return path === null ? null : readFileSync(path);
  };
  const certificates = {
    serverRootCA: read(tls.serverCaCertPath, tls.serverCaCertData),
    clientCert: read(tls.clientCertPath, tls.clientCertData),
    clientKey: read(tls.clientKeyPath, tls.clientKeyData?.reveal() ?? null),
  };
  const given = Object.values(certificates).some((certificate) => certificate !== null);
  if (!tls.enabled && apiKey === null && !given) return null;
  return { ...certificates, serverName: tls.serverName };
}

/** Connects where `wanted`, else only says where Temporal is. Throws `temporal_unreachable`. */
export async function linkTemporal(
  settings: Settings,
  embedded: Parts['temporal'],
  wanted: boolean,
): Promise<TemporalLink> {
  const target = temporalAddress(settings, embedded);
  const client = wanted && target ? await connectClient(target) : undefined;
  return {
    get client() {
      if (client) return client;
      throw new BackupError('internal', 'this command did not ask for Temporal');
    },
    target,
    address: target?.address ?? null,
    namespace: target?.namespace ?? settings.temporal.namespace,
    ui: embedded?.ui ?? null,
    close: async () => {
      await client?.connection.close();
    },
  };
}

/** Where a run is to be seen in Temporal's web UI; null where we know of none. */
export function runUrl(
  { ui, namespace }: Pick<TemporalLink, 'ui' | 'namespace'>,
  { workflowId, runId }: { readonly workflowId: string; readonly runId: string },
): string | null {
  if (ui === null) return null;
  const path = ['namespaces', namespace, 'workflows', workflowId, runId, 'history'];
  return `${ui}/${path.map(encodeURIComponent).join('/')}`;
}
