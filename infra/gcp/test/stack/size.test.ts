import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { type Deployed, deploy } from '../fixtures/mocks.ts';
import { buildLargeStack } from '../fixtures/stacks.ts';

function countByType({ resources }: Deployed): Map<string, number> {
  const types = resources.map(({ type }) => type.split(':')[1] ?? '').filter((type) => !/iam/i.test(type));
  return new Map([...Map.groupBy(types, (type) => type)].map(([type, all]) => [type, all.length]));
}

it('adds a job, an account, a registration and two folders for each tenant', async () => {
  const before = countByType(await deploy(buildLargeStack(1)));
  const after = countByType(await deploy(buildLargeStack(11)));
  const added = [...after].map(([type, count]) => [type, (count - (before.get(type) ?? 0)) / 10]);

  expect(Object.fromEntries(added.filter(([, count]) => count !== 0))).toEqual({
    'cloudrunv2/job': 1,
    'serviceaccount/account': 1,
    'storage/bucketObject': 1,
    'storage/managedFolder': 2,
  });
});

// In a process of its own, because the SDK takes a stack trace of each promise, and vitest maps every frame of it.
it('deploys 500 tenants under 500 jobs and accounts with different names', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'size.ts'), '500']);
  const size = JSON.parse(stdout);

  expect(size).toMatchObject({ tenants: 500, jobs: 500, accounts: 506, names: size.resources });
});
