import * as v from 'valibot';
import { isDigest, parseDigest } from './digest.ts';
import { IDENTIFIER, RESERVED_RUNTIME } from './identifier.ts';

/** The `formatVersion` of every object that Pincast writes. */
export const FORMAT_VERSION = 1;

export const identifier = v.pipe(v.string(), v.regex(IDENTIFIER));
export const runtimeName = v.pipe(
  identifier,
  v.notValue(RESERVED_RUNTIME, `"${RESERVED_RUNTIME}" is reserved: it means every runtime`),
);
/** Upper-case hex digits are accepted, because operators edit guards by hand. */
export const digest = v.pipe(v.string(), v.check(isDigest, 'not a digest'), v.transform(parseDigest));
export const timestamp = v.pipe(v.string(), v.isoTimestamp());
export const count = v.pipe(v.number(), v.integer(), v.minValue(0));
export const revision = v.pipe(v.number(), v.integer(), v.minValue(1));
export const formatVersion = v.literal(FORMAT_VERSION);
