import type { ObjectLocation } from '../core/gs-url.ts';

export type Upload = {
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
  create(upload: Upload): Promise<'created' | 'exists'>;
};
