import * as v from 'valibot';
import { count } from '../values/schemas.ts';

/** `run`: run the workload. `verify`: verify, unpack, write a receipt, exit. `none`: assign only; the next run adopts. */
export const launchMode = v.picklist(
  ['run', 'verify', 'none'],
  ({ input }) => `expected one of run, verify, none, got ${JSON.stringify(input)}`,
);
export type LaunchMode = v.InferOutput<typeof launchMode>;

/** How a revision spreads over the tenants. */
export const rolloutPolicySchema = v.object({
  waves: v.array(v.string()),
  soakSeconds: count,
  maxFailures: count,
  launch: launchMode,
  running: v.picklist(['leave', 'cancel']),
});
export type RolloutPolicy = v.InferOutput<typeof rolloutPolicySchema>;

/** All tenants in one wave, and the workload runs now. */
export const defaultRolloutPolicy: RolloutPolicy = {
  waves: ['100%'],
  soakSeconds: 0,
  maxFailures: 0,
  launch: 'run',
  running: 'leave',
};
