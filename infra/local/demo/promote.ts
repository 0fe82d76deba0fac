import { randomUUID } from 'node:crypto';
import { promoteRequest, publishPromotion } from '#functions/cli/promotion/request.ts';
import type { OperatorCloud } from '#functions/cli/target/connect.ts';
import { topics } from '#functions/core/messages/topics.ts';
import { names } from '#functions/core/records/object-names.ts';
import type { WaitUntil } from '#functions/core/status/conclusion.ts';
import type { PromotionProgress, PublishedPromotion } from '#functions/core/status/promotion-progress.ts';
import { formatGsUrl } from '#functions/core/values/gs-url.ts';
import { describeIssues, type Issue } from '#functions/core/values/issues.ts';
import { FORMAT_VERSION } from '#functions/core/values/schemas.ts';
import { waitForPromotion } from '#functions/flows/status/wait.ts';
import { JsonObjects } from '#functions/google/storage/json-objects.ts';
import { systemClock } from '#functions/host/clock.ts';
import type { LocalCloud } from '../cloud.ts';
import { layout } from '../layout.ts';
import type { Sample } from './sample.ts';

/** Publishes the promote event of the sample. */
export function publishSample(
  { digest, upload }: Sample,
  launch: 'run' | 'verify',
  { messages }: OperatorCloud,
): Promise<PublishedPromotion> {
  const data = { runtime: layout.runtime, promotionId: randomUUID(), promotedBy: 'npm start', rollout: { launch } };
  const pinned = { environmentTarUrl: formatGsUrl(upload.location), environmentTarDigest: digest };
  const issues: Issue[] = [];
  const request = promoteRequest(data, pinned, issues);
  if (request === undefined) throw new Error(`the sample cannot be promoted: ${describeIssues(issues)}`);
  return publishPromotion(request, messages);
}

export type Follow = {
  promotion: PublishedPromotion;
  until: WaitUntil;
  deadline: Date;
  signal: AbortSignal;
  onSeen: (seen: PromotionProgress) => void;
};

/** Reads compete with starting sandboxes for the processors, so the first one waits. */
const FIRST_READ_MS = 600;
const READ_INTERVAL_MS = 80;

/** Waits for the promotion, with shorter pauses than an operator's terminal. */
export async function followSample({ signal, onSeen, ...wait }: Follow, operator: OperatorCloud) {
  await systemClock.sleep(FIRST_READ_MS);
  const pace = { firstPause: READ_INTERVAL_MS, longestPause: READ_INTERVAL_MS, signal };
  return waitForPromotion({ ...wait, pace }, { ...operator, clock: systemClock }, onSeen);
}

/** Freezes the fleet: promotions are recorded and assigned, but launches wait. */
export async function freeze(cloud: LocalCloud): Promise<void> {
  const since = new Date().toISOString();
  await control(cloud).create(names.freeze(layout.runtime), { formatVersion: FORMAT_VERSION, since, by: 'npm start' });
}

export async function unfreeze(cloud: LocalCloud, { messages }: OperatorCloud): Promise<void> {
  const name = names.freeze(layout.runtime);
  const stored = await control(cloud).read(name);
  if (stored !== undefined) await control(cloud).delete(name, stored.generation);
  await messages.publish(topics.fleetRecheck, { runtime: layout.runtime });
}

function control(cloud: LocalCloud): JsonObjects {
  return new JsonObjects(cloud.storage, layout.buckets.control);
}

/** Attack: flips a bit of the stored object, as a writer of the bucket could after the promotion was checked. */
export async function tamper({ storage }: LocalCloud, { upload }: Sample): Promise<void> {
  const file = storage.bucket(upload.location.bucket).file(upload.location.object);
  const [{ generation }] = await file.getMetadata();
  const [bytes] = await file.download();
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  await file.save(bytes, { resumable: false, preconditionOpts: { ifGenerationMatch: String(generation) } });
}
