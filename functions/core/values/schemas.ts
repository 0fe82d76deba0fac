import * as v from 'valibot';
import { isDigest, parseDigest } from './digest.ts';
import { IDENTIFIER, RESERVED_RUNTIME } from './identifier.ts';

/** The version that every object Pincast writes carries as `formatVersion`. */
export const FORMAT_VERSION = 1;

export const identifier = v.pipe(v.string(), v.regex(IDENTIFIER));
export const runtimeName = v.pipe(
  identifier,
  v.notValue(RESERVED_RUNTIME, `"${RESERVED_RUNTIME}" is reserved: it means every runtime`),
);
/** Guards are edited by hand: hex digits in upper case name the same digest. */
export const digest = v.pipe(v.string(), v.check(isDigest, 'not a digest'), v.transform(parseDigest));
export const timestamp = v.pipe(v.string(), v.isoTimestamp());
export const count = v.pipe(v.number(), v.integer(), v.minValue(0));
export const revision = v.pipe(v.number(), v.integer(), v.minValue(1));
export const formatVersion = v.literal(FORMAT_VERSION);
