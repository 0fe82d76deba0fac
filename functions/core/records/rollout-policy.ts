import type { RolloutPolicy } from './ledger-entry.ts';

/** What a promotion gets that says nothing of its rollout: everyone at once, the workload runs now. */
export const defaultRolloutPolicy: RolloutPolicy = {
  waves: ['100%'],
  soakSeconds: 0,
  maxFailures: 0,
  launch: 'run',
  running: 'leave',
};
