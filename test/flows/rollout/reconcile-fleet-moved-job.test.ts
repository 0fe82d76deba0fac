import { describe, expect, it } from 'vitest';
import { defaultRetryPolicy as policy } from '#functions/core/launch/retry-policy.ts';
import { viewFleet } from '#functions/core/status/fleet-status.ts';
import { executionId } from '#functions/core/values/execution.ts';
import { failed, running, succeeded } from '#functions/core/values/outcome.ts';
import { reconcileFleet } from '#functions/flows/rollout/reconcile-fleet.ts';
import { FakeCloud } from '../../fakes/fake-cloud.ts';
import { runSandbox } from '../../fakes/model-sandbox.ts';
import { adoptedAssignment, buildAssignment, buildProof, claimedAssignment } from '../../fixtures/assignment.ts';
import { buildEntry } from '../../fixtures/entry.ts';
import { executionName } from '../../fixtures/execution.ts';
import { buildFleet } from '../../fixtures/fleet.ts';
import { buildStoredReceipt } from '../../fixtures/receipt.ts';
import { buildTenant, jobOfTenant } from '../../fixtures/tenant.ts';

const here = jobOfTenant('acme');
const there = 'projects/fleet/locations/us-east1/jobs/codex-acme';

/** acme's registration names another job than the one that its assignment's run was of. */
function moved(assignment = adoptedAssignment('acme', { outcome: succeeded })): FakeCloud {
  const cloud = new FakeCloud();
  cloud.register(buildTenant('acme'));
  cloud.register(buildTenant('acme', { job: there }));
  cloud.record(buildEntry(1));
  cloud.assign(assignment);
  return cloud;
}

function pass(cloud: FakeCloud, process = 'process') {
  const deadline = new Date(cloud.now().getTime() + 480_000);
  return cloud.run(reconcileFleet({ runtime: 'codex', relaunch: false, deadline }, cloud.connect(process), policy));
}

function view(cloud: FakeCloud, job = there) {
  const assignments = [cloud.assignment('acme') ?? buildAssignment()];
  const tenants = [buildTenant('acme', { job })];
  return viewFleet(buildFleet({ entries: cloud.entries(), tenants, assignments })).tenants[0];
}

describe('reconcileFleet after a registration changed its job', () => {
  it.each([
    ['ADOPTED', adoptedAssignment('acme', { outcome: succeeded })],
    ['ADOPTED and running', adoptedAssignment('acme', { outcome: running })],
    [
      'REFUSED',
      claimedAssignment('acme', { adoption: 'REFUSED', execution: executionName(), outcome: failed(65, null) }),
    ],
    ['STALE', buildAssignment('acme', { adoption: 'STALE', proof: buildProof() })],
  ])('launches the new job of a tenant that is %s in the old one', async (_, assignment) => {
    const cloud = moved(assignment);
    await pass(cloud);
    expect(cloud.jobs.executions().map(({ job }) => job)).toEqual([there]);
    expect(cloud.assignment('acme')).toMatchObject({ adoption: 'LAUNCHING', launchAttempt: 1, proof: null });
    const execution = cloud.jobs.executions()[0]?.name ?? '';
    runSandbox(cloud, buildTenant('acme', { job: there }), execution);
    await pass(cloud);
    expect(cloud.assignment('acme')).toMatchObject({ adoption: 'ADOPTED', proof: { execution }, outcome: succeeded });
    await pass(cloud);
    expect(cloud.jobs.executions()).toHaveLength(1);
  });

  it('viewFleet shows NEVER_RAN, without proof and outcome of the old job', () => {
    const cloud = moved();
    expect(view(cloud)).toMatchObject({ adoption: 'NEVER_RAN', outcome: null, execution: null, digest: null });
    expect(view(cloud, here)).toMatchObject({ adoption: 'ADOPTED', outcome: succeeded });
  });

  it('keeps the verdict if the new name only spells the project as a number', async () => {
    const job = here.replace('projects/fleet/', 'projects/123456/');
    const cloud = moved();
    cloud.register(buildTenant('acme', { job }));
    await pass(cloud);
    expect(cloud.jobs.executions()).toEqual([]);
    expect(view(cloud, job)).toMatchObject({ adoption: 'ADOPTED' });
  });

  it('evaluates a launch in flight by the old job, then launches the new job', async () => {
    const cloud = new FakeCloud();
    cloud.register(buildTenant('acme'));
    cloud.record(buildEntry(1));
    await pass(cloud);
    const [first] = cloud.jobs.executions(here);
    cloud.register(buildTenant('acme', { job: there }));
    runSandbox(cloud, buildTenant('acme'), first?.name ?? '');
    await pass(cloud);
    expect(cloud.assignment('acme')).toMatchObject({ adoption: 'ADOPTED', proof: { execution: first?.name } });
    await pass(cloud);
    expect(cloud.jobs.executions(there)).toHaveLength(1);
    expect(cloud.assignment('acme')).toMatchObject({ adoption: 'LAUNCHING', proof: null });
  });

  it('ignores receipts of the old job’s executions', async () => {
    const cloud = moved(buildAssignment());
    cloud.stage.advance(5_000);
    const old = cloud.jobs.run({ job: here, env: {} });
    const receipt = buildStoredReceipt({ execution: executionId(old), launchId: null });
    cloud.file(receipt);
    await pass(cloud);
    expect(cloud.assignment('acme')).toMatchObject({ adoption: 'LAUNCHING', proof: null });
  });
});
