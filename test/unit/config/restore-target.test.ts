import { expect, test } from 'vitest';
import { shownTarget } from '../../../src/config.ts';

test.each([
  ['shop', 'shop'],
  ['postgres://ada@db.example:5433/new', 'postgres://ada@db.example:5433/new'],
  ['host=db.example dbname=new', 'host=db.example dbname=new'],
  ['postgres://ada:secret@db.example/new', '***'],
  ['postgres://db.example/new?password=secret', '***'],
  ['host=db.example password=secret', '***'],
  ["password='secret", '***'], // cannot be read: who knows what it says
])('the target %s is shown as %s', (target, shown) => {
  expect(shownTarget(target)).toBe(shown);
});
