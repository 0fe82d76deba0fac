import { createHash } from 'node:crypto';
import { type Digest, digestOfHex } from '#functions/core/values/digest.ts';

export function digestOf(body: string): Digest {
  return digestOfHex(createHash('sha256').update(body).digest('hex'));
}
