// Two 32-bit halves: BigInt would be a hundred times slower.
const high = new Uint32Array(256);
const low = new Uint32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let [h, l] = [0, byte];
  for (let bit = 0; bit < 8; bit++) {
    const odd = l & 1;
    l = (l >>> 1) | (h << 31);
    h = h >>> 1;
    if (odd) {
      l ^= 0xd7870f42;
      h ^= 0xc96c5795;
    }
  }
  high[byte] = h;
  low[byte] = l;
}

/** CRC-64/XZ, which OSS calls `crc64ecma`, the plain way. */
export function crc64Of(bytes: Uint8Array): bigint {
  let h = 0xffffffff;
  let l = 0xffffffff;
  for (const byte of bytes) {
    const index = (l ^ byte) & 0xff;
    l = ((l >>> 8) | (h << 24)) ^ (low[index] ?? 0);
    h = (h >>> 8) ^ (high[index] ?? 0);
  }
  return (BigInt(~h >>> 0) << 32n) | BigInt(~l >>> 0);
}
