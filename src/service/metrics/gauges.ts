import { Gauge, Registry } from 'prom-client';
import { metrics, type LabelsOf, type MetricName } from './definitions.ts';

type Tell<T> = <N extends MetricName>(name: N, labels: LabelsOf<N>, value: T) => void;

/** The numbers of one look. */
export interface Gauges {
  /** null: not known, left out. */
  readonly set: Tell<number | null>;
  /** The same of an ISO time. */
  readonly setTime: Tell<string | null>;
  readonly add: Tell<number>;
  /** In the text form of Prometheus. */
  text(): Promise<string>;
}

/** Gauges of their own for each look: two that look at once must not mix. */
export function createGauges(): Gauges {
  const registry = new Registry();
  const gauges = new Map<string, Gauge>();
  for (const [name, { help, labels }] of Object.entries(metrics)) {
    gauges.set(name, new Gauge({ name, help, labelNames: [...labels], registers: [registry] }));
  }
  const set: Gauges['set'] = (name, labels, value) => {
    if (value !== null) gauges.get(name)?.set(labels, value);
  };
  return {
    set,
    setTime: (name, labels, time) =>
      set(name, labels, time === null ? null : Date.parse(time) / 1000),
    add: (name, labels, value) => gauges.get(name)?.inc(labels, value),
    text: () => registry.metrics(),
  };
}
