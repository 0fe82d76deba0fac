/**
 * CRC-32C (Castagnoli, RFC 3720 appendix B.4), eight bytes a step ("slicing-by-8"): node:zlib has only the other polynomial,
 * and a byte at a time would make the checksum, not the disk, the limit of a large upload.
 */
const POLYNOMIAL = 0x82f63b78;
const TABLES = buildTables();

function buildTables(): Eight {
  const tables = Array.from({ length: 8 }, () => new Int32Array(256)) as Eight;
  const [first] = tables;
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    first[byte] = crc;
  }
  for (let slice = 1; slice < 8; slice++) {
    for (let byte = 0; byte < 256; byte++) {
      const before = tables[slice - 1]?.[byte] ?? 0;
      (tables[slice] as Int32Array)[byte] = (before >>> 8) ^ at(first, before);
    }
  }
  return tables;
}

/** Continues `crc` (0 to begin) over `bytes`. */
export function crc32c(bytes: Uint8Array, crc = 0): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - (bytes.length % 8);
  let c = ~crc;
  let i = 0;
  for (; i < end; i += 8) {
    const low = c ^ view.getInt32(i, true);
    const high = view.getInt32(i + 4, true);
    c =
      at(t7, low) ^
      at(t6, low >>> 8) ^
      at(t5, low >>> 16) ^
      at(t4, low >>> 24) ^
      at(t3, high) ^
      at(t2, high >>> 8) ^
      at(t1, high >>> 16) ^
      at(t0, high >>> 24);
  }
  for (; i < bytes.length; i++) c = (c >>> 8) ^ at(t0, c ^ view.getUint8(i));
  return ~c >>> 0;
}

type Eight = [Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array];

/** Each table has an entry for each byte, so the lookup cannot miss. */
function at(table: Int32Array, bits: number): number {
  return table[bits & 255] as number;
}
