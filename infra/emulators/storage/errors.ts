/** An answer of the JSON API that is not a success; `reason` is the API's own reason code. */
export class StorageError extends Error {
  readonly status: number;
  readonly reason: string;
  readonly extra: { location?: string; locationType?: string; domain?: string };
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    reason: string,
    message: string,
    options: { extra?: StorageError['extra']; headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'StorageError';
    this.status = status;
    this.reason = reason;
    this.extra = options.extra ?? {};
    this.headers = options.headers ?? {};
  }
}

/** The body that the JSON API sends with an error: {error: {code, message, errors: [{message, domain, reason}]}}. */
export function errorBody(error: StorageError): object {
  const { domain = 'global', ...place } = error.extra;
  const detail = { message: error.message, domain, reason: error.reason, ...place };
  return { error: { code: error.status, message: error.message, errors: [detail] } };
}

export const invalid = (message: string, location?: string) =>
  new StorageError(400, 'invalid', message, { extra: location ? { location, locationType: 'parameter' } : {} });

export const required = (message: string) => new StorageError(400, 'required', message);

export const bucketNotFound = () => new StorageError(404, 'notFound', 'The specified bucket does not exist.');

export const objectNotFound = (bucket: string, object: string) =>
  new StorageError(404, 'notFound', `No such object: ${bucket}/${object}`);

export const conflict = (message: string) => new StorageError(409, 'conflict', message);

export const conditionNotMet = (location: string) =>
  new StorageError(412, 'conditionNotMet', 'At least one of the pre-conditions you specified did not hold.', {
    extra: { locationType: 'header', location },
  });

export const notModified = () => new StorageError(304, 'notModified', 'Not Modified');

export const forbidden = (message: string) => new StorageError(403, 'forbidden', message);

/** 501 on purpose: an unserved call must never look served. */
export const notServed = (method: string, path: string, what = 'this call') =>
  new StorageError(501, 'notImplemented', `the embedded Cloud Storage does not serve ${what}: ${method} ${path}`);
