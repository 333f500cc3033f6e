/** A reflected CRC, as its polynomial; `check` of every such CRC begins and ends with all ones. */
export interface Crc {
  readonly bits: number;
  readonly polynomial: bigint;
}

export const crc32: Crc = { bits: 32, polynomial: 0xedb88320n };
/** CRC-64/XZ, which OSS calls `crc64ecma`. */
export const crc64: Crc = { bits: 64, polynomial: 0xc96c5795d7870f42n };

export interface CrcPiece {
  readonly crc: bigint;
  readonly bytes: number;
}

/**
 * The CRC of pieces behind each other, from theirs: no byte is read again. A CRC is linear, so that of the first piece
 * is carried over the length of the second by a matrix (as zlib's `crc32_combine` does).
 */
export function combineCrcs(kind: Crc, pieces: readonly CrcPiece[]): bigint {
  const matrices = new Map<number, readonly bigint[]>();
  return pieces.reduce((whole, { crc, bytes }) => {
    let matrix = matrices.get(bytes);
    if (!matrix) matrices.set(bytes, (matrix = overZeros(kind, bytes)));
    return times(matrix, whole) ^ crc;
  }, 0n);
}

/** The matrix that carries a CRC over that many zero bytes. */
function overZeros(kind: Crc, bytes: number): readonly bigint[] {
  let result: readonly bigint[] = identity(kind);
  let power: readonly bigint[] = overOneBit(kind);
  for (let bits = BigInt(bytes) * 8n; bits > 0n; bits >>= 1n) {
    if (bits & 1n) result = product(power, result);
    power = product(power, power);
  }
  return result;
}

function identity({ bits }: Crc): bigint[] {
  return Array.from({ length: bits }, (_, row) => 1n << BigInt(row));
}

function overOneBit({ bits, polynomial }: Crc): bigint[] {
  return [polynomial, ...identity({ bits: bits - 1, polynomial })];
}

function product(left: readonly bigint[], right: readonly bigint[]): bigint[] {
  return right.map((row) => times(left, row));
}

function times(matrix: readonly bigint[], vector: bigint): bigint {
  let sum = 0n;
  for (let row = 0; vector > 0n; row++, vector >>= 1n) {
    if (vector & 1n) sum ^= matrix[row] ?? 0n;
  }
  return sum;
}
