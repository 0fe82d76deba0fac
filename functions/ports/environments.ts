import type { Digest } from '../core/values/digest.ts';
import type { ObjectLocation } from '../core/values/gs-url.ts';

export type EnvironmentStat = { generation: string; bytes: number; contentEncoding: string | null };

/** The environment tars, as the preflight needs them. */
export type Environments = {
  /** Undefined where there is no such object. */
  stat(location: ObjectLocation): Promise<EnvironmentStat | undefined>;
  /** Reads exactly that generation and hashes its bytes, `maxBytes` at most. */
  hash(location: ObjectLocation, generation: string, maxBytes: number): Promise<Digest>;
};

export type EnvironmentUpload = {
  location: ObjectLocation;
  contentType: string;
  /** MD5 of the bytes, base64: the store refuses anything else. */
  md5: string;
  /** The bytes from their start; called again for each attempt. An error from it leaves no object. */
  read: () => AsyncIterable<Buffer>;
};

/** Puts environments where they can be promoted from. */
export type EnvironmentUploads = {
  /** Never overwrites: `exists` where there is an object under that name. */
  create(upload: EnvironmentUpload): Promise<'created' | 'exists'>;
};
