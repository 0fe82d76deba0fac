import { invalid } from '../errors.ts';

/** Cloud Storage's rules: 1 to 1,024 bytes of UTF-8, no CR or LF, not `.` or `..`. Throws 400. */
export function checkObjectName(name: string): string {
  const bytes = Buffer.byteLength(name);
  if (bytes < 1 || bytes > 1024) throw invalid(`The object name is ${bytes} bytes long; 1 to 1024 are allowed.`);
  if (/[\r\n]/.test(name)) throw invalid(`The object name ${JSON.stringify(name)} contains a line break.`);
  if (!name.isWellFormed()) throw invalid(`The object name ${JSON.stringify(name)} is not valid UTF-8.`);
  if (name === '.' || name === '..') throw invalid(`The object name '${name}' is not allowed.`);
  return name;
}

/** 3 to 63 of a-z 0-9 . _ -, beginning and ending with a letter or digit. Throws 400. */
export function checkBucketName(name: string): string {
  if (!/^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/.test(name)) throw invalid(`Invalid bucket name: '${name}'`);
  return name;
}

/** Order of the names' UTF-8 bytes, which is what lists follow; JavaScript compares UTF-16 units. */
export function compareNames(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return byteOrder(x) - byteOrder(y);
  }
  return a.length - b.length;
}

// A surrogate pair stands for a character above U+FFFF, so it sorts after U+E000 to U+FFFF.
function byteOrder(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
