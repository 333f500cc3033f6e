import { existsSync, readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { createProgram, descendants } from '../../src/cli/program.ts';
import { alarmTypes } from '../../src/domain/alarm.ts';
import { backupStates, copyStates } from '../../src/domain/backup.ts';
import { storedKinds } from '../../src/domain/backup-name.ts';
import { taskQueue } from '../../src/temporal/names.ts';
import { readme, section, tableRows } from './read-readme.ts';

const program = createProgram({ stdout: new PassThrough() }, () => Promise.resolve());
const commands = descendants(program).filter((command) => command.commands.length === 0);

const fileOf = (name: string) => new URL(`../../${name}`, import.meta.url);

test('the first two commands of README are the start and the tests', () => {
  const [, block] = /```sh\n([^]*?)```/.exec(readme)!;
  expect(block?.trim().split('\n')).toEqual(['npm start -- --once', 'npm test']);
});

test('README has every command with its options and its description, and no other', () => {
  const real = commands.map((command) => [
    `\`${usage(command)}\``,
    command.description(),
    command.options.map(({ long }) => `\`${long ?? ''}\``).join(', '),
  ]);
  expect(tableRows(section('commands'))).toEqual(real);
});

test('README tells the options that every command takes', () => {
  for (const { long } of program.options.filter(({ long: name }) => name !== '--version')) {
    expect(readme).toContain(`\`${long!}\``);
  }
});

test('README tells every kind and every state', () => {
  for (const word of [...storedKinds, ...backupStates, ...copyStates]) {
    expect(readme).toContain(`\`${word}\``);
  }
});

test('docs/alarms.md has every kind of alarm, and no other', () => {
  const told = tableRows(section('alarms', 'docs/alarms.md')).map(([type]) => type);
  expect(told).toEqual(Object.keys(alarmTypes).map((type) => `\`${type}\``));
});

describe('lines for the Temporal CLI', () => {
  const started = [...readme.matchAll(/workflow start --task-queue (\S+) --type (\S+)/g)];

  test('name our queue and workflows that exist', () => {
    const index = readFileSync(fileOf('workflows/index.ts'), 'utf8');
    const known = [...index.matchAll(/^export \{ (\w+) \}/gm)].map(([, name]) => name);
    expect(new Set(started.map(([, queue]) => queue))).toEqual(new Set([taskQueue]));
    expect(new Set(started.map(([, , type]) => type))).toEqual(new Set(known));
  });

  test('give input that is JSON', () => {
    for (const [, input] of readme.matchAll(/--input '([^']+)'/g)) {
      expect(() => JSON.parse(input!) as unknown).not.toThrow();
    }
  });
});

test('places that README names exist', () => {
  const places = tableRows(readme.slice(readme.indexOf('## Where things are')));
  for (const [place] of places.filter(([name]) => name !== '`var/`')) {
    expect(existsSync(fileOf(place!.replaceAll('`', ''))), place).toBe(true);
  }
});

test('the changelog begins with what is not released yet', () => {
  const changelog = readFileSync(fileOf('CHANGELOG.md'), 'utf8');
  expect(/^## .*$/m.exec(changelog)?.[0]).toBe('## [Unreleased]');
});

/** `config show`, `backup [database]`: the words of the usage line. */
function usage(command: Command): string {
  const words = [command.name()];
  for (let each = command.parent; each?.parent; each = each.parent) words.unshift(each.name());
  const args = command.registeredArguments.map((argument) =>
    argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
  );
  return [...words, ...args].join(' ');
}
