import * as v from 'valibot';
import { formatVersion, identifier, revision, timestamp } from '../values/schemas.ts';
import { rolloutPolicySchema } from './rollout-policy.ts';

export const rolloutState = v.picklist([
  'PENDING',
  'IN_PROGRESS',
  'SOAKING',
  'PAUSED',
  'HALTED',
  'ROLLED_BACK',
  'SUCCEEDED',
  'SUPERSEDED',
  'ABORTED',
]);
export type RolloutState = v.InferOutput<typeof rolloutState>;

/** `rollouts/<runtime>/<revision>.json`: the waves of a revision, with their membership frozen when it was recorded. */
export const rolloutSchema = v.object({
  formatVersion,
  runtime: identifier,
  revision,
  policy: rolloutPolicySchema,
  waves: v.array(v.object({ name: v.string(), tenants: v.array(identifier), openedAt: v.nullable(timestamp) })),
  state: rolloutState,
  reason: v.nullable(v.string()),
  updatedAt: timestamp,
});
export type Rollout = v.InferOutput<typeof rolloutSchema>;
