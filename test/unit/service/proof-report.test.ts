import { describe, expect, test } from 'vitest';
import type { Proof } from '../../../src/domain/proof.ts';
import { proofReport } from '../../../src/service/report/proof-report.ts';
import { reportTexts } from '../../../src/service/report/texts.ts';
import { summary as makeSummary } from '../cli/summaries.ts';

const summary = makeSummary();
const fingerprint = { rows: 3, hash: '-42' };
const proof: Proof = {
  ...{ formatVersion: 1, backup: summary.id, state: 'proven', reason: null, destination: 's3' },
  ...{ startedAt: '2026-03-02T05:00:00.000Z', finishedAt: '2026-03-02T05:01:00.000Z' },
  ...{ seconds: 60, scratchServerVersion: 150_018, sequences: [], mismatches: 0 },
  tables: [
    {
      ...{ schema: 'public', table: 'a<b', expected: fingerprint, restored: fingerprint },
      equal: true,
    },
  ],
  largeObjects: { expected: fingerprint, restored: fingerprint, equal: true },
  schemaObjects: { compared: 4, differences: [] },
  ...{ otherDifferences: [], warnings: [], firstDifferences: [] },
  notCompared: [{ what: `tablespace 'fast'`, why: 'not made here' }],
};

describe.each(['en', 'zh-CN'] as const)('the report in %s', (language) => {
  const texts = reportTexts[language];

  test('has what was restored, from where, and what was not compared', () => {
    const page = proofReport({ summary, manifest: null, proof }, language);
    expect(page).toContain(`<html lang="${language}">`);
    for (const text of [texts.title, texts.states.proven, texts.method]) {
      expect(page).toContain(text);
    }
    for (const fact of [summary.id, '>s3<', '15.18', '-42', proof.startedAt, 'not made here']) {
      expect(page).toContain(fact);
    }
    expect(page).toContain('public.a&#60;b');
    expect(page).not.toContain('a<b');
  });

  test('says that there was no test restore', () => {
    expect(proofReport({ summary, manifest: null, proof: null }, language)).toContain(
      texts.states.none,
    );
  });
});
