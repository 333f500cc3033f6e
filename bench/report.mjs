import { cpus } from 'node:os';
import { formatTable } from '../dist/src/cli/table.js';
import { formatBytes } from '../dist/src/domain/format.js';

const columns = [
  { title: 'MEASURE', of: ({ measure }) => measure },
  { title: 'WHAT', of: ({ what }) => what },
  { title: 'BESIDE', of: (row) => row.with },
  { title: 'OURS', of: ({ ours }) => ours, align: 'right' },
  { title: 'THEIRS', of: ({ theirs }) => theirs, align: 'right' },
  { title: 'RESULT', of: ({ value, unit }) => amount(value, unit), align: 'right' },
  { title: 'LIMIT', of: ({ limit, unit }) => amount(limit, unit), align: 'right' },
  { title: '', of: ({ ok }) => (ok === undefined ? '' : ok ? 'ok' : 'missed') },
];

/** What was measured: a table for people, and the same as one line of JSON below it. */
export function report({ size, rounds }, rows) {
  const machine = { cores: cpus().length, processor: cpus()[0]?.model ?? 'unknown' };
  const head = `size ${formatBytes(size)}, medians of ${rounds} alternating rounds, ${machine.cores} cores (${machine.processor})`;
  return `${head}\n\n${formatTable(rows, columns)}\n\n${JSON.stringify({ size, rounds, ...machine, rows })}\n`;
}

function amount(value, unit) {
  if (value === undefined) return '';
  return unit === 'x' ? `${value.toFixed(2)} x` : `${Math.round(value)} ${unit}`;
}
