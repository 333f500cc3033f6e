// The closing line of a test run, from vitest's own report: 'N passed, N failed', and how many were skipped.
import { readFileSync } from 'node:fs';

const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(
  readFileSync(process.argv[2], 'utf8'),
);
const skipped = numPendingTests + numTodoTests;
const tail = skipped > 0 ? `, ${skipped} skipped` : '';
process.stdout.write(`${numPassedTests} passed, ${numFailedTests} failed${tail}\n`);
