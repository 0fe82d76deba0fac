import type { Call } from '@pincast/emulators/faults';
import type { Grant } from '@pincast/emulators/storage';
import { describe, expect, it } from 'vitest';
import { LocalAccess, type PermissionUse } from '../../../../infra/local/access/local-access.ts';
import { localDeployment, localPeople } from '../../../../infra/local/access/local-deployment.ts';

const JOB = 'projects/pincast-local/locations/local/jobs/codex-acme';
const deployment = localDeployment([{ runtime: 'codex', tenant: 'acme' }]);
const { fanOut, recheck, receipt, status } = deployment.identities;
const { operator, viewer } = localPeople;

function grantedAccess() {
  const uses: PermissionUse[] = [];
  const storage: Grant[] = [];
  const access = new LocalAccess((use) => uses.push(use));
  access.add(deployment, (grant) => storage.push(grant));
  return { access, uses, storage };
}

function buildCall(caller: string | undefined, method: string, resource = JOB): Call {
  const service = method === 'Publish' ? 'pubsub' : 'run';
  return { service, method, resource, ...(caller !== undefined && { caller }) };
}

const REFUSED = { kind: 'status', status: 403 };

describe('LocalAccess', () => {
  it.each([
    ['fanOut', fanOut, 'RunJob', JOB],
    ['receipt', receipt, 'GetExecution', `${JOB}/executions/codex-acme-abcde`],
    ['receipt', receipt, 'ListTasks', `${JOB}/executions/codex-acme-abcde`],
    ['recheck', recheck, 'ListJobs', 'projects/pincast-local/locations/local'],
    ['recheck', recheck, 'ListExecutions', 'projects/pincast-local/locations/local/jobs/-'],
    ['recheck, through the grant on the project', recheck, 'ListExecutions', JOB],
    ['operator', operator, 'GetJob', JOB],
    ['receipt', receipt, 'Publish', 'projects/pincast-local/topics/fleet-recheck'],
    ['the owner', undefined, 'DeleteJob', JOB],
  ])('allows what %s was granted: %s %s %s', (_, caller, method, resource) => {
    expect(grantedAccess().access.check(buildCall(caller, method, resource))).toBeUndefined();
  });

  it.each([
    ['receipt', receipt, 'RunJob', JOB],
    ['status', status, 'GetExecution', `${JOB}/executions/codex-acme-abcde`],
    ['fanOut', fanOut, 'RunJob', 'projects/pincast-local/locations/local/jobs/codex-globex'],
    ['fanOut', fanOut, 'ListJobs', 'projects/pincast-local/locations/local'],
    ['operator', operator, 'Publish', 'projects/pincast-local/topics/pin-promoted'],
    ['viewer', viewer, 'Publish', 'projects/pincast-local/topics/fleet-recheck'],
    ['operator', operator, 'DeleteJob', JOB],
    ['an unknown identity', 'mallory@example', 'ListExecutions', JOB],
  ])('refuses %s with 403 what it was not granted: %s %s %s', (_, caller, method, resource) => {
    expect(grantedAccess().access.check(buildCall(caller, method, resource))).toEqual(REFUSED);
  });

  it('reports each permission that a call needs, with its outcome', () => {
    const { access, uses } = grantedAccess();
    access.check(buildCall(fanOut, 'RunJob'));
    access.check(buildCall(status, 'GetJob'));

    expect(uses).toEqual([
      { identity: fanOut, permission: 'run.jobs.run', resource: JOB, granted: true },
      { identity: fanOut, permission: 'run.jobs.runWithOverrides', resource: JOB, granted: true },
      { identity: status, permission: 'run.jobs.get', resource: JOB, granted: false },
    ]);
  });

  it('gives the storage server a condition’s bucket, folder or object as the start of names', () => {
    const { storage } = grantedAccess();
    const prefixes = (identity: string, bucket: string, permission: string) =>
      storage
        .filter(
          (one) => one.identity === identity && one.bucket === bucket && one.permissions.includes(permission as never),
        )
        .map(({ prefix }) => prefix);

    expect(prefixes(fanOut, 'pincast-pins', 'storage.objects.list')).toEqual(['']);
    expect(prefixes(fanOut, 'pincast-control', 'storage.objects.delete')).toEqual([
      'quota/',
      'reconciles/',
      'rejections/',
      'rejections-by-time/',
    ]);
    expect(prefixes(operator, 'pincast-assignments', 'storage.objects.delete')).toEqual(['guard.json']);
  });
});
