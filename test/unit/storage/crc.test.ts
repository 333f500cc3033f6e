import { randomBytes } from 'node:crypto';
import { crc32 as crc32Of } from 'node:zlib';
import { expect, test } from 'vitest';
import { combineCrcs, crc32, crc64 } from '../../../src/storage/crc.ts';
import { crc64Of } from '../../harness/crc64.ts';

test('the CRC of pieces behind each other is that of the whole, whatever their sizes', () => {
  const whole = randomBytes(10_000);
  for (const sizes of [[10_000], [1, 9_999], [4_000, 4_000, 2_000], [3, 0, 9_997]]) {
    let at = 0;
    const pieces = sizes.map((size) => whole.subarray(at, (at += size)));
    const of = (crc: (bytes: Buffer) => bigint) =>
      pieces.map((piece) => ({ bytes: piece.length, crc: crc(piece) }));
    expect(
      combineCrcs(
        crc32,
        of((bytes) => BigInt(crc32Of(bytes))),
      ),
    ).toBe(BigInt(crc32Of(whole)));
    expect(combineCrcs(crc64, of(crc64Of))).toBe(crc64Of(whole));
  }
});

test('the CRC-64 of the tests is the one of the catalogues', () => {
  expect(crc64Of(Buffer.from('123456789'))).toBe(11051210869376104954n);
});
