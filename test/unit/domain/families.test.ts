import { describe, expect, it } from 'vitest';
import { familiesOf } from '../../../src/domain/families.ts';

const backup = (id: string, base: string | null = null) => ({ id, base });

describe('families of backups', () => {
  it('are a full with the incrementals that need it, in the order of the list', () => {
    const families = familiesOf([
      backup('i3', 'f2'),
      backup('f2'),
      backup('i2', 'f1'),
      backup('i1', 'f1'),
      backup('f1'),
    ]);
    expect(
      families.map(({ head, incrementals }) => [head.id, incrementals.map(({ id }) => id)]),
    ).toEqual([
      ['f2', ['i3']],
      ['f1', ['i2', 'i1']],
    ]);
  });

  it('keep an incremental whose full is on another page', () => {
    expect(familiesOf([backup('i1', 'f1')])).toMatchObject([{ head: { id: 'i1' } }]);
  });
});
