/** Where the bytes of an object version lie; `id` names the blob in the blob store. */
export type BlobRef = { id: string; size: number };

export type Hashes = { crc32c: string; md5Hash?: string };

/** What a caller may set on an object, with the JSON API's own names. */
export type ObjectSettings = {
  contentType?: string;
  contentEncoding?: string;
  contentDisposition?: string;
  contentLanguage?: string;
  cacheControl?: string;
  customTime?: string;
  storageClass?: string;
  metadata?: Record<string, string>;
};

/** One version of an object. Times are RFC 3339; generation is a number of microseconds, monotonic in the server. */
export type StoredObject = {
  bucket: string;
  name: string;
  generation: number;
  metageneration: number;
  blob: BlobRef;
  hashes: Hashes;
  settings: ObjectSettings;
  componentCount?: number;
  timeCreated: string;
  updated: string;
  /** Present: a noncurrent version. */
  timeDeleted?: string;
};

export type BucketRecord = {
  name: string;
  project: string;
  metageneration: number;
  timeCreated: string;
  updated: string;
  /** Settings as the caller set them: versioning, labels, location, … */
  settings: Record<string, unknown> & { versioning?: { enabled?: boolean } };
};

export type NotificationConfig = {
  id: string;
  bucket: string;
  /** `projects/P/topics/T`. */
  topic: string;
  payloadFormat: 'JSON_API_V1' | 'NONE';
  eventTypes: string[];
  objectNamePrefix: string;
  customAttributes: Record<string, string>;
};

export type Permission =
  | 'storage.objects.get'
  | 'storage.objects.list'
  | 'storage.objects.create'
  | 'storage.objects.delete'
  | 'storage.objects.update';

/** One check of a permission that decided an answer, as Cloud Audit Logs record it. */
export type Access = { identity: string; permission: Permission; bucket: string; object: string; granted: boolean };

/** `prefix` is the start of the object's name, as a managed folder is; '' is the whole bucket. */
export type Grant = { identity: string; bucket: string; prefix: string; permissions: Permission[] };
