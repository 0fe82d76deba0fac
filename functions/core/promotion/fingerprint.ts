import { createHash } from 'node:crypto';
import type { PromoteEvent } from '../messages/promote-event.ts';

type Content = Pick<PromoteEvent, 'environmentTarUrl' | 'environmentTarDigest' | 'tenants' | 'rollout'>;

/**
 * A fingerprint of what a promotion asks for: URL, digest, scope and rollout. Two promotions with the same fingerprint
 * pin the same, whoever asked and why.
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
