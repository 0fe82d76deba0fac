import { expect, it } from 'vitest';
import { iamChecks } from '../../../infra/verify-cloud/checks/iam.ts';
import type { VerifyCloud } from '../../../infra/verify-cloud/cloud/cloud.ts';
import { type Rest, RestError } from '../../../infra/verify-cloud/cloud/rest.ts';
import { runChecks } from '../../../infra/verify-cloud/runner/run-checks.ts';

type Policy = { bindings: { role: string; members: string[] }[] };

/** IAM of a project whose new account may list executions, and `alsoJobs`. Its policy is known at the second call. */
function buildCloud({ alsoJobs }: { alsoJobs: boolean }) {
  const held: Policy = { bindings: [{ role: 'roles/owner', members: ['user:me@example.com'] }] };
  const state = { policy: held, granted: false, exists: new Set<string>(), refusals: 0 };
  const rest: Rest = async ({ path, method = 'GET', body, token }) => {
    if (path.endsWith(':generateAccessToken')) return { accessToken: 'token' };
    if (token === 'token') {
      const isList = path.endsWith('/executions');
      if (isList && state.granted && state.refusals++ > 0) return {};
      if (!isList && alsoJobs) return {};
      throw new RestError(403, `${path} is denied`);
    }
    if (path === '/v1/projects/scratch-1:setIamPolicy') {
      state.policy = (body as { policy: Policy }).policy;
      state.granted = true;
    }
    if (path.endsWith(':getIamPolicy')) return path.includes('serviceAccounts') ? {} : state.policy;
    if (method === 'POST' && /\/(roles|serviceAccounts)$/.test(path)) state.exists.add(path);
    if (method === 'DELETE') state.exists.delete(path.slice(0, path.lastIndexOf('/')));
    return {};
  };
  const given = { project: 'scratch-1', region: 'europe-west1', caller: 'user:me@example.com', pollMs: 1 };
  const cloud = { ...given, rest, lacks: () => undefined } as Partial<VerifyCloud> as VerifyCloud;
  return { cloud, state };
}

it.each([
  [false, 'holds', 'what was granted succeeds, the other call gets HTTP 403'],
  [true, 'differs', '/v2/projects/scratch-1/locations/europe-west1/jobs is allowed, too'],
])('a role that also lists jobs (%j): the check %s, and takes its grant back', async (alsoJobs, state, observed) => {
  const { cloud, state: iam } = buildCloud({ alsoJobs });
  const checks = iamChecks.filter(({ id }) => id === 'iam-project-list');
  const { results, left } = await runChecks({ cloud, checks, signal: new AbortController().signal });
  expect(results).toMatchObject([{ state, observed }]);
  expect(left).toEqual([]);
  expect(iam.policy.bindings).toEqual([{ role: 'roles/owner', members: ['user:me@example.com'] }]);
  expect([...iam.exists]).toEqual([]);
  expect(iam.refusals).toBe(2);
});
