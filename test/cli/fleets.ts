import { formatRecord } from '#functions/core/records/codec.ts';
import { names } from '#functions/core/records/object-names.ts';
import { failed, type Outcome, succeeded } from '#functions/core/values/outcome.ts';
import { FORMAT_VERSION } from '#functions/core/values/schemas.ts';
import { FakeCloud } from '../fakes/fake-cloud.ts';
import { adoptedAssignment, buildAssignment, buildProof } from '../fixtures/assignment.ts';
import { digestB, digestC } from '../fixtures/digests.ts';
import { buildEntry } from '../fixtures/entry.ts';
import { buildTenant } from '../fixtures/tenant.ts';
import { at, iso } from '../fixtures/times.ts';

/** acme has adopted, globex was refused, initech never ran. */
export function buildRefusedFleet(): FakeCloud {
  const cloud = new FakeCloud({ start: at(125) });
  cloud.register(buildTenant('acme'), buildTenant('globex'), buildTenant('initech'));
  cloud.record(buildEntry(1));
  const reason = { code: 'DIGEST_MISMATCH', message: 'expected sha256:aa, got sha256:bb' };
  cloud.assign(
    adoptedAssignment('acme', { outcome: succeeded }),
    buildAssignment('globex', { adoption: 'REFUSED', outcome: failed(65, null), reason, launchAttempt: 2 }),
  );
  return cloud;
}

export function rejectPromotion(cloud: FakeCloud, messageId: string, message: string, runtime = 'codex'): void {
  const rejection = {
    formatVersion: FORMAT_VERSION,
    messageId,
    publishTime: iso(5),
    rejectedAt: iso(5),
    faults: [
      { path: 'tenants', message },
      { path: 'runtime', message: 'another fault' },
    ],
    data: JSON.stringify({ runtime, promotedBy: 'ci' }),
  };
  cloud.control.put(names.rejection(messageId), formatRecord(rejection));
}

export function buildRegisteredFleet(): FakeCloud {
  const cloud = new FakeCloud({ start: at(125) });
  cloud.register(buildTenant('acme'));
  return cloud;
}

export function buildAdoptedFleet(outcome: Outcome): FakeCloud {
  const cloud = buildRegisteredFleet();
  cloud.record(buildEntry(1));
  cloud.assign(adoptedAssignment('acme', { outcome }));
  return cloud;
}

/** Revision 4 is halted; revision 5 fixes acme alone. */
export function buildTwoTargets(): FakeCloud {
  const cloud = new FakeCloud({ start: at(125) });
  cloud.register(buildTenant('acme'), buildTenant('globex'), buildTenant('hooli'));
  cloud.record(
    buildEntry(3),
    buildEntry(4, { environmentTarDigest: digestB, promotedBy: 'ci@acme', reason: 'bump numpy' }),
    buildEntry(5, { environmentTarDigest: digestC, tenants: ['acme'] }),
  );
  const refused = (tenant: string) =>
    adoptedAssignment(tenant, {
      revision: 4,
      adoption: 'REFUSED',
      outcome: failed(65, null),
      launchAttempt: 2,
      proof: buildProof(tenant, { revision: 3 }),
      reason: { code: 'DIGEST_MISMATCH', message: `expected ${digestB}, got ${digestC}` },
      lastGood: 3,
    });
  const proof = buildProof('acme', { revision: 5, digest: digestC });
  cloud.assign(
    adoptedAssignment('acme', { revision: 5, outcome: succeeded, proof, lastGood: 3 }),
    refused('globex'),
    refused('hooli'),
  );
  return cloud;
}
