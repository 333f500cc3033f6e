import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Server as HttpServer } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import type { Settings } from '../config.ts';
import { BackupError } from '../errors.ts';
import type { Logger } from '../log.ts';

type Place = Settings['console'];

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** What the settings name; undefined: no TLS. Throws `invalid_settings`. */
export function readCertificate({ tlsCertPath, tlsKeyPath }: Place): Certificate | undefined {
  if (tlsCertPath === null && tlsKeyPath === null) return undefined;
  if (tlsCertPath !== null && tlsKeyPath !== null) return readPair(tlsCertPath, tlsKeyPath);
  throw new BackupError('invalid_settings', 'certificate and key of the console belong together', {
    hint: `set both 'console.tlsCertPath' and 'console.tlsKeyPath'`,
  });
}

/** Lets new connections have a certificate that was renewed on disk; until it is whole, the old one. */
export function renewCertificate(
  server: HttpServer,
  place: Place,
  { log, renewMilliseconds }: { readonly log: Logger; readonly renewMilliseconds: number },
): NodeJS.Timeout | undefined {
  if (!(server instanceof HttpsServer)) return undefined;
  let known = readCertificate(place);
  const look = () => {
    try {
      const found = readCertificate(place);
      if (found === undefined || (found.cert === known?.cert && found.key === known.key)) return;
      server.setSecureContext(found);
      known = found;
      log.info('the console has a new certificate');
    } catch (error) {
      log.warn({ err: error }, 'the new certificate of the console cannot be used yet');
    }
  };
  return setInterval(look, renewMilliseconds).unref();
}

// With an empty key, as one is while it is being written, Node would serve and every browser be turned away.
function readPair(certFile: string, keyFile: string): Certificate {
  const [cert, key] = [readPem(certFile), readPem(keyFile)];
  let belongs = false;
  let cause: unknown;
  try {
    belongs = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch (error) {
    cause = error;
  }
  if (belongs) return { cert, key };
  throw new BackupError(
    'invalid_settings',
    `'${certFile}' and '${keyFile}' are no certificate and its key`,
    { hint: 'both as PEM, the key without a passphrase', cause },
  );
}

function readPem(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new BackupError('invalid_settings', `'${file}' cannot be read`, { cause: error });
  }
}
