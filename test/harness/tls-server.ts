import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { startCluster, type Cluster } from '../../src/postgres/cluster.ts';
import { giveTo } from '../../src/system/files.ts';
import { clusterUser } from '../../src/system/os-user.ts';
import { runProgram } from '../../src/system/program.ts';
import { freePort } from '../../src/temporal/embedded.ts';
import { onServer } from './poor-machine.ts';

export interface TlsServer extends Cluster {
  readonly port: number;
  /** The authority that its certificate, made for `localhost`, and that of role `certified` are from. */
  readonly authority: string;
  /** One that has nothing to do with it. */
  readonly otherAuthority: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
}

/** A server that lets nobody in over the network without TLS, and role `certified` by its certificate alone. */
export async function startTlsServer(place: string): Promise<TlsServer> {
  const files = path.join(place, 'certificates');
  await mkdir(files, { mode: 0o711 });
  const authority = await makeAuthority(files, 'authority');
  const otherAuthority = await makeAuthority(files, 'other');
  const server = await makeCertificate(files, 'localhost');
  const client = await makeCertificate(files, 'certified');
  await giveTo(server.key, clusterUser());
  const hba = path.join(files, 'pg_hba.conf');
  await writeFile(
    hba,
    `local all all trust
     hostssl all certified 127.0.0.1/32 cert
     hostssl all all 127.0.0.1/32 trust\n`,
  );
  await chmod(hba, 0o644);
  const port = await freePort();
  const cluster = await startCluster({
    directory: path.join(place, 'tls'),
    socketDirectory: path.join(place, 's'),
    user: clusterUser(),
    port,
    configuration: {
      ...{ listen_addresses: '127.0.0.1', fsync: 'off', hba_file: hba },
      ...{ ssl: 'on', ssl_cert_file: server.certificate, ssl_key_file: server.key },
      ssl_ca_file: authority,
    },
  });
  await onServer(cluster.connection('postgres'), 'CREATE ROLE certified LOGIN SUPERUSER');
  return {
    ...{ ...cluster, port, authority, otherAuthority },
    clientCertificate: client.certificate,
    clientKey: client.key,
  };
}

/** Makes `<name>.crt` and its key; returns the certificate's path. */
export async function makeAuthority(files: string, name: string): Promise<string> {
  const [certificate, key] = [path.join(files, `${name}.crt`), path.join(files, `${name}.key`)];
  await openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '1',
    '-subj',
    `/CN=${name}`,
    '-keyout',
    key,
    '-out',
    certificate,
  );
  await chmod(certificate, 0o644);
  return certificate;
}

/** One for a host of that name, from the authority `authority` in the same directory. */
export async function makeCertificate(files: string, name: string) {
  const at = (ending: string) => path.join(files, `${name}.${ending}`);
  const [certificate, key, request, names] = [at('crt'), at('key'), at('csr'), at('ext')];
  await writeFile(names, `subjectAltName=DNS:${name}\n`);
  await openssl(
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    `/CN=${name}`,
    '-keyout',
    key,
    '-out',
    request,
  );
  const authority = path.join(files, 'authority');
  await openssl(
    'x509',
    '-req',
    '-in',
    request,
    '-days',
    '1',
    '-CA',
    `${authority}.crt`,
    '-CAkey',
    `${authority}.key`,
    '-CAcreateserial',
    '-extfile',
    names,
    '-out',
    certificate,
  );
  await chmod(certificate, 0o644);
  await chmod(key, 0o600);
  return { certificate, key };
}

function openssl(...args: string[]): Promise<unknown> {
  return runProgram('openssl', args);
}
