import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { metrics, type MetricName } from '../../src/service/metrics/definitions.ts';
import { isInstalled } from '../../src/system/program.ts';
import { alertRules, dashboardExpressions, selectorsOf } from '../harness/prometheus.ts';
import { section, tableRows } from './read-readme.ts';

// Prometheus adds these to all that it gets.
const added = ['instance', 'job'];

test('docs/monitoring.md has every number with its labels, and no other', () => {
  const code = (name: string) => `\`${name}\``;
  expect(tableRows(section('metrics', 'docs/monitoring.md'))).toEqual(
    Object.entries(metrics).map(([name, { help, labels }]) => [
      code(name),
      labels.map(code).join(', '),
      help,
    ]),
  );
});

test('docs/monitoring.md has every alert, and no other', () => {
  const told = tableRows(section('rules', 'docs/monitoring.md')).map(([name]) => name);
  expect(told).toEqual(alertRules().map(({ alert }) => `\`${alert}\``));
});

describe.each([
  ['an alert rule', alertRules().map(({ expr }) => expr)],
  ['the dashboard', dashboardExpressions()],
])('%s', (_, expressions) => {
  const ours = expressions.flatMap(selectorsOf).filter(({ metric }) => /^pma_/.test(metric));

  test('asks for numbers of ours that exist, by labels that they have', () => {
    expect(ours.length).toBeGreaterThan(15);
    for (const { metric, labels } of ours) {
      expect(Object.keys(metrics)).toContain(metric);
      const known = [...metrics[metric as MetricName].labels, ...added];
      expect(known).toEqual(expect.arrayContaining([...labels]));
    }
  });
});

test('each alert says what happened and what to do', () => {
  for (const { alert, annotations, labels, expr } of alertRules()) {
    expect(Object.keys(annotations), alert).toEqual(['summary', 'action']);
    expect(labels?.['severity'] !== undefined || expr.includes('severity'), alert).toBe(true);
  }
});

test('an expression that is none, or a number that does not exist, would be seen', () => {
  expect(() => selectorsOf('sum by (a (b)')).toThrow('no PromQL');
  expect(selectorsOf('max by (x) (a{b="c",d!~"e"}) / on (f) g offset 1d')).toEqual([
    { metric: 'a', labels: ['b', 'd'] },
    { metric: 'g', labels: [] },
  ]);
});

test.runIf(isInstalled('promtool'))('the alerts fire when they should', () => {
  const file = new URL('../../deploy/prometheus/alerts.test.yml', import.meta.url).pathname;
  const { status, stdout } = spawnSync('promtool', ['test', 'rules', file], { encoding: 'utf8' });
  expect([status, stdout]).toEqual([0, expect.stringContaining('SUCCESS')]);
});
