import { defaultRetryPolicy } from '#functions/core/launch/retry-policy.ts';
import { parsePromotion } from '#functions/core/messages/promote-event.ts';
import { topics } from '#functions/core/messages/topics.ts';
import { recordReceipt } from '#functions/flows/adoption/record-receipt.ts';
import { promote } from '#functions/flows/promotion/promote.ts';
import { reconcileAndRequeue } from '#functions/flows/rollout/reconcile-fleet.ts';
import type { FakeCloud } from '../fakes/fake-cloud.ts';
import { runSandbox, type SandboxBehaviour } from '../fakes/model-sandbox.ts';
import { buildNotice } from '../fixtures/receipt.ts';
import { publishTime, START } from '../fixtures/times.ts';

export type Rollout = {
  /** How the sandboxes of some tenants behave; absent: they adopt and end well. `hangs`: it never says anything. */
  behaviour?: Record<string, SandboxBehaviour | 'hangs'>;
  /** Milliseconds from the launch to the sandboxes. */
  delayMs?: number;
};

/** The functions of the cloud, for the next promotion: fan-out, sandboxes, receipts. */
export async function fanOut(cloud: FakeCloud, { behaviour = {}, delayMs = 1000 }: Rollout = {}): Promise<void> {
  const deps = cloud.connect('fan-out');
  const seen = cloud.published.length;
  while (cloud.published.length === seen) await cloud.stage.sleep(50);
  const message = cloud.published[seen];
  if (message?.topic !== topics.pinPromoted) return;
  const seconds = (cloud.now().getTime() - START) / 1000;
  const order = { messageId: message.messageId, publishTime: publishTime(seconds) };
  const promotion = parsePromotion({ ...order, data: JSON.stringify(message.data), attributes: {} });
  const policy = { environmentBuckets: ['acme-environments', 'other-environments'], maxEnvironmentBytes: 1_000_000 };
  const entry = await promote(promotion, deps, policy);
  if (entry === undefined) return;
  const deadline = new Date(cloud.now().getTime() + 60_000);
  await reconcileAndRequeue({ runtime: entry.runtime, relaunch: false, deadline }, deps, defaultRetryPolicy);
  await cloud.stage.sleep(delayMs);
  await runSandboxes(cloud, entry.runtime, behaviour);
}

async function runSandboxes(cloud: FakeCloud, runtime: string, behaviour: Rollout['behaviour']): Promise<void> {
  const deps = cloud.connect('receipts');
  for (const tenant of (await deps.fleet.tenants(runtime)).records) {
    const [execution] = cloud.jobs.executions(tenant.job).filter(({ outcome }) => outcome.state === 'RUNNING');
    const how = behaviour?.[tenant.tenant] ?? {};
    if (execution === undefined || how === 'hangs') continue;
    for (const object of runSandbox(cloud, tenant, execution.name, how))
      await recordReceipt(buildNotice(object), deps, defaultRetryPolicy);
    await cloud.stage.sleep(500);
  }
}
