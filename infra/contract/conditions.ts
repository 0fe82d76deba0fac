import { InvalidValueError } from '#functions/core/values/issues.ts';
import type { GithubPromoter } from './deployment.ts';

/** An IAM condition; `expression` is in the Common Expression Language. */
export type Condition = { title: string; expression: string };

/** The names of the pool and provider through which GitHub's workflows sign in. */
export const FEDERATION = { pool: 'pincast-github', provider: 'github' } as const;

const BUCKET = /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/;
const OBJECT = /^[a-z0-9][a-z0-9./-]*$/;
const REPOSITORY = /^[A-Za-z0-9][A-Za-z0-9-]*\/[A-Za-z0-9._-]+$/;
const REF = /^refs\/(heads|tags)\/[A-Za-z0-9._/-]+$/;
const NUMBER = /^[1-9]\d*$/;

/**
 * Limits a grant on a bucket to one object.
 *
 * Attack: a quote in a name would end the literal and change the expression, so every name must have the form of its kind.
 *
 * @throws InvalidValueError
 */
export function onlyObject(bucket: string, object: string): Condition {
  const name = `projects/_/buckets/${checked(BUCKET, bucket, 'a bucket')}/objects/${checked(OBJECT, object, 'an object')}`;
  return { title: `only ${object}`, expression: `resource.name == "${name}"` };
}

/** The workflows of a repository, as an IAM member. @throws InvalidValueError */
export function githubMember(projectNumber: string, repository: string): string {
  const pool = `projects/${checked(NUMBER, projectNumber, 'a project number')}/locations/global/workloadIdentityPools/${FEDERATION.pool}`;
  return `principalSet://iam.googleapis.com/${pool}/attribute.repository/${checked(REPOSITORY, repository, 'a repository')}`;
}

/**
 * Which of GitHub's tokens the provider accepts: those of a workflow on the given branch or tag of a given repository.
 *
 * Attack: every workflow on GitHub has a token of the same issuer, so without a condition each could sign in. An owner's name can
 * change hands; its number, where the deployment gives it, cannot.
 *
 * @throws InvalidValueError
 */
export function githubCondition(promoters: readonly GithubPromoter[]): string {
  if (promoters.length === 0) throw new InvalidValueError('expected at least one repository, got none');
  return promoters
    .map(({ repository, ref, ownerId }) => {
      const claims = [
        `assertion.repository == "${checked(REPOSITORY, repository, 'a repository')}"`,
        `assertion.ref == "${checked(REF, ref, 'a ref')}"`,
        ...(ownerId === undefined
          ? []
          : [`assertion.repository_owner_id == "${checked(NUMBER, ownerId, "an owner's number")}"`]),
      ];
      return `(${claims.join(' && ')})`;
    })
    .join(' || ');
}

function checked(form: RegExp, text: string, kind: string): string {
  if (form.test(text)) return text;
  throw new InvalidValueError(`expected ${kind} that matches ${form}, got ${JSON.stringify(text.slice(0, 100))}`);
}
