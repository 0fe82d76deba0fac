import type { Digest } from '../core/values/digest.ts';
import type { ObjectLocation } from '../core/values/gs-url.ts';

export type EnvironmentStat = { generation: string; bytes: number; contentEncoding: string | null };

/** The environment tars that the preflight checks. */
export type Environments = {
  /** Undefined if the object does not exist. */
  stat(location: ObjectLocation): Promise<EnvironmentStat | undefined>;
  /** Hashes the bytes of that generation. @throws if it has more than `maxBytes`. */
  hash(location: ObjectLocation, generation: string, maxBytes: number): Promise<Digest>;
};

export type EnvironmentUpload = {
  location: ObjectLocation;
  contentType: string;
  /** MD5 of the bytes, base64. The store refuses other bytes. */
  md5: string;
  /** Reads the bytes from the start; called for each attempt. If it throws, no object is created. */
  read: () => AsyncIterable<Buffer>;
};

/** Uploads environments to a bucket that promotions may name. */
export type EnvironmentUploads = {
  /** Never overwrites; `exists` if the name is taken. */
  create(upload: EnvironmentUpload): Promise<'created' | 'exists'>;
};
