import type { Digest } from '../core/digest.ts';
import type { ObjectLocation } from '../core/gs-url.ts';

export type EnvironmentStat = { generation: string; bytes: number; contentEncoding: string | null };

/** The environment tars, as the preflight needs them. */
export type Environments = {
  /** Undefined where there is no such object. */
  stat(location: ObjectLocation): Promise<EnvironmentStat | undefined>;
  /** Reads exactly that generation and hashes its bytes, `maxBytes` at most. */
  hash(location: ObjectLocation, generation: string, maxBytes: number): Promise<Digest>;
};
