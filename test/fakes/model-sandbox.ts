import { assignmentSchema } from '#functions/core/records/assignment.ts';
import { formatRecord, parseRecord } from '#functions/core/records/codec.ts';
import { names } from '#functions/core/records/object-names.ts';
import type { Receipt } from '#functions/core/records/receipt.ts';
import type { Tenant } from '#functions/core/records/tenant.ts';
import type { Digest } from '#functions/core/values/digest.ts';
import { executionId } from '#functions/core/values/execution.ts';
import { failed, succeeded } from '#functions/core/values/outcome.ts';
import { buildReceipt } from '../fixtures/receipt.ts';
import type { FakeCloud } from './fake-cloud.ts';

export type SandboxBehaviour = {
  /** What the downloaded bytes hash to; absent: what was assigned. */
  digest?: Digest;
  exitCode?: number;
};

/**
 * What the entrypoint does, in one moment: read the assignment, compare, leave receipts, end. Returns the receipts' names,
 * in the order they were written.
 */
export function runSandbox(
  cloud: FakeCloud,
  tenant: Tenant,
  execution: string,
  behaviour: SandboxBehaviour = {},
): string[] {
  const name = names.assignment(tenant.runtime, tenant.tenant);
  const assignment = parseRecord(assignmentSchema, cloud.assignments.read(name)?.text ?? '', name);
  const launchId = cloud.jobs.execution(execution)?.launchId ?? null;
  const digest = behaviour.digest ?? assignment.digest;
  const exitCode = behaviour.exitCode ?? 0;
  const base: Partial<Receipt> = {
    tenant: tenant.tenant,
    runtime: tenant.runtime,
    execution: executionId(execution),
    launchId,
    revision: assignment.revision,
    expectedDigest: assignment.digest,
    digest,
    writtenAt: cloud.now().toISOString(),
  };
  const end = (kind: Receipt['kind'], code: string, status: number): string[] => {
    cloud.jobs.end(execution, failed(status, null));
    return [leave(cloud, { ...base, kind, code, message: code, exitCode: status })];
  };
  if (launchId !== null && launchId !== assignment.launchId) return end('superseded', 'SUPERSEDED', 75);
  if (digest !== assignment.digest) return end('refused', 'DIGEST_MISMATCH', 65);
  const adopted = leave(cloud, { ...base, kind: 'adopted' });
  const finished = leave(cloud, { ...base, kind: 'finished', exitCode });
  cloud.jobs.end(execution, exitCode === 0 ? succeeded : failed(exitCode, null));
  return [adopted, finished];
}

function leave(cloud: FakeCloud, content: Partial<Receipt>): string {
  const receipt = buildReceipt(content);
  const object = names.receipt(receipt);
  cloud.receipts.create(object, formatRecord(receipt));
  return object;
}
