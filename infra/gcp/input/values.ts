import * as v from 'valibot';

const PROJECT_ID = /^([a-z][a-z0-9.-]*:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/;

/** The value as an issue shows it. */
export function got(input: unknown): string {
  return JSON.stringify(String(input).slice(0, 100));
}

/** Ids only, because Cloud Run answers with ids, and a receipt's execution is compared with the registered job. */
export const projectId = v.pipe(
  v.string(),
  v.regex(PROJECT_ID, ({ input }) =>
    /^\d+$/.test(String(input))
      ? `expected a project's id, got the number ${got(input)}: write its id`
      : `expected a project's id, got ${got(input)}`,
  ),
);

/** A string in quotes: YAML reads bare digits as a number, which loses digits above 2^53. */
export const projectNumber = v.pipe(
  v.string(),
  v.regex(/^[1-9]\d{5,19}$/, ({ input }) => `expected digits, got ${got(input)}`),
);

export const region = v.pipe(
  v.string(),
  v.regex(/^[a-z]+(-[a-z]+)*\d+$/, ({ input }) => `expected a region such as europe-west1, got ${got(input)}`),
);

export const bucketName = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/, ({ input }) => `expected a bucket's name, got ${got(input)}`),
);

/** Attack: a tag can be moved to other bytes after the review. */
export const imageByDigest = v.pipe(
  v.string(),
  v.regex(
    /^[a-z0-9][a-z0-9.:-]*(\/[a-z0-9][a-z0-9._-]*)+@sha256:[0-9a-f]{64}$/,
    ({ input }) => `expected an image by digest, HOST/PATH@sha256:<64 hex digits>, got ${got(input)}`,
  ),
);

/** Attack: `allUsers` and `allAuthenticatedUsers` would open the deployment to everyone. */
export const member = v.pipe(
  v.string(),
  v.regex(
    /^((user|group|serviceAccount):[\w.+-]+@[\w.-]+|principal(Set)?:\/\/iam\.googleapis\.com\/[\w./-]+)$/,
    ({ input }) => `expected user:, group: or serviceAccount: and an e-mail, or a principalSet://, got ${got(input)}`,
  ),
);

export const groupEmail = v.pipe(
  v.string(),
  v.regex(/^[\w.+-]+@[\w.-]+$/, ({ input }) => `expected a group's e-mail, got ${got(input)}`),
);

export const serviceAccount = v.pipe(
  v.string(),
  v.regex(
    /^[a-z][a-z0-9-]*@[a-z0-9.-]+\.gserviceaccount\.com$/,
    ({ input }) => `expected a service account's e-mail, got ${got(input)}`,
  ),
);

export const jobId = v.pipe(
  v.string(),
  v.regex(
    /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/,
    ({ input }) => `expected a job's id, the last part of its name, got ${got(input)}`,
  ),
);

export const repository = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9][A-Za-z0-9-]*\/[A-Za-z0-9._-]+$/, ({ input }) => `expected OWNER/NAME, got ${got(input)}`),
);

export const gitRef = v.pipe(
  v.string(),
  v.regex(
    /^refs\/(heads|tags)\/[A-Za-z0-9._/-]+$/,
    ({ input }) => `expected refs/heads/… or refs/tags/…, got ${got(input)}`,
  ),
);

/** A string in quotes, as `projectNumber`. */
export const ownerId = v.pipe(
  v.string(),
  v.regex(/^[1-9]\d{0,19}$/, ({ input }) => `expected the digits of a GitHub owner's id, got ${got(input)}`),
);

export const positive = v.pipe(v.number(), v.integer(), v.minValue(1));

/** An object whose unknown fields are all issues; valibot's own strict object stops at the first. */
export function closed<const E extends v.ObjectEntries>(entries: E) {
  return v.objectWithRest(entries, v.never('unknown field'));
}
