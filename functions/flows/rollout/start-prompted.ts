import { decidePrompt } from '../../core/rollout/prompted-start.ts';
import { FORMAT_VERSION } from '../../core/values/schemas.ts';
import type { ReconcileStates } from '../../ports/reconcile-states.ts';
import type { Clock } from '../../ports/system.ts';

/**
 * Waits until a reconcile that a receipt requested may start, and marks its start by CAS.
 *
 * @param publishedAt when the request was published: a reconcile that started later covers it.
 * @returns false if another reconcile covers the request, so that this one is dropped.
 */
export async function startPrompted(
  runtime: string,
  publishedAt: Date,
  { reconciles, clock }: { reconciles: ReconcileStates; clock: Clock },
): Promise<boolean> {
  for (;;) {
    const last = await reconciles.lastPrompted(runtime);
    const now = clock.now();
    const decision = decidePrompt(last?.value ?? null, publishedAt, now);
    if (decision === 'covered') return false;
    if (decision === 'start') {
      const start = { formatVersion: FORMAT_VERSION, runtime, startedAt: now.toISOString() } as const;
      if ((await reconciles.markPrompted(start, last?.generation ?? null)) === 'written') return true;
    } else await clock.sleep(decision.waitMs);
  }
}
