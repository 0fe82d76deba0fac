import { expect, it } from 'vitest';
import { type Deployed, deploy } from './mocks.ts';
import { buildLargeStack } from './stacks.ts';

/** A tenant has a job, an account, a registration and two folders, and the grants on them. */
const FIXED = ['storage/bucket:', 'pubsub/', 'cloudfunctionsv2/', 'cloudscheduler/'];

function countByType({ resources }: Deployed): Record<string, number> {
  const types = resources.map(({ type }) => type.split(':').slice(1, 2).join(''));
  return Object.fromEntries(
    [...new Set(types)].sort().map((type) => [type, types.filter((one) => one === type).length]),
  );
}

it('deploys 500 tenants with one job, account, registration and two folders for each, and nothing else per tenant', async () => {
  const [one, many] = [await deploy(buildLargeStack(1)), await deploy(buildLargeStack(500))];
  const [before, after] = [countByType(one), countByType(many)];
  const grown = Object.entries(after).map(([type, count]) => [type, count - (before[type] ?? 0)] as const);
  const perTenant = grown
    .filter(([type, more]) => more > 0 && !/iam/i.test(type))
    .map(([type, more]) => [type, more / 499]);

  expect(FIXED.flatMap((fixed) => perTenant.filter(([type]) => String(type).startsWith(fixed)))).toEqual([]);
  expect(Object.fromEntries(perTenant)).toEqual({
    'cloudrunv2/job': 1,
    'serviceaccount/account': 1,
    'storage/bucketObject': 1,
    'storage/managedFolder': 2,
  });
  expect(new Set(many.resources.map(({ type, name }) => `${type} ${name}`)).size).toBe(many.resources.length);
});
