import { createHash } from 'node:crypto';
import type { PromoteEvent } from '../messages/promote-event.ts';

type Content = Pick<PromoteEvent, 'environmentTarUrl' | 'environmentTarDigest' | 'tenants' | 'rollout'>;

/**
 * The hash of a promotion's URL, digest, scope and rollout. Promotions with the same fingerprint request the same, whatever
 * their promoter and reason.
 */
export function promotionFingerprint(promotion: Content): string {
  const { environmentTarUrl, environmentTarDigest, tenants, rollout } = promotion;
  const { waves, soakSeconds, maxFailures, launch, running } = rollout;
  const canonical = [
    environmentTarUrl,
    environmentTarDigest,
    tenants === undefined ? null : [...tenants].sort(),
    [waves, soakSeconds, maxFailures, launch, running],
  ];
  return createHash('sha256').update(JSON.stringify(canonical)).digest('hex');
}
