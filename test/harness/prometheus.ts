import { readFileSync } from 'node:fs';
import { parser } from '@prometheus-io/lezer-promql';
import { parse } from 'yaml';

/** What one expression asks for: a number and the labels that it is narrowed by. */
export interface Selector {
  readonly metric: string;
  readonly labels: readonly string[];
}

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels?: Record<string, string>;
  readonly annotations: Record<string, string>;
}

interface Panel {
  readonly targets?: readonly { readonly expr: string }[];
}

/** The rules for Prometheus that we bring along. */
export function alertRules(): readonly Rule[] {
  const file = parse(readDeployed('prometheus/alerts.yml')) as { groups: { rules: Rule[] }[] };
  return file.groups.flatMap(({ rules }) => rules);
}

/** The expressions of the dashboard for Grafana; its variables stand for something that fits. */
export function dashboardExpressions(): readonly string[] {
  const { panels } = JSON.parse(readDeployed('grafana/pma-backup.json')) as { panels: Panel[] };
  return panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
}

/** What an expression asks for. Throws where it is no PromQL. */
export function selectorsOf(expression: string): Selector[] {
  const selectors: { metric: string; labels: string[] }[] = [];
  parser.parse(expression).iterate({
    enter({ name, type, from, to }) {
      const text = expression.slice(from, to);
      if (type.isError) throw new Error(`no PromQL at ${from}: ${expression}`);
      if (name === 'VectorSelector') {
        selectors.push({ metric: /^[\w:]*/.exec(text)![0], labels: [] });
      }
      if (name === 'LabelName' && selectors.length > 0 && /^\s*(=|!)/.test(expression.slice(to))) {
        selectors.at(-1)!.labels.push(text);
      }
    },
  });
  return selectors;
}

function readDeployed(file: string): string {
  return readFileSync(new URL(`../../deploy/${file}`, import.meta.url), 'utf8');
}
