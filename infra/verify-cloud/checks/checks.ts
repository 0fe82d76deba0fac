import type { Check } from '../runner/check.ts';
import { functionChecks } from './functions.ts';
import { iamChecks } from './iam.ts';
import { pubsubChecks } from './pubsub.ts';
import { containerChecks } from './run/containers.ts';
import { executionChecks } from './run/executions.ts';
import { jobChecks } from './run/jobs.ts';
import { limitChecks } from './run/limits.ts';
import { storageChecks } from './storage.ts';
import { storageAccessChecks } from './storage-access.ts';

/** Every assumption of docs/unverified.md, in its order. */
export const checks: readonly Check[] = [
  ...executionChecks,
  ...containerChecks,
  ...jobChecks,
  ...limitChecks,
  ...storageChecks,
  ...pubsubChecks,
  ...storageAccessChecks,
  ...iamChecks,
  ...functionChecks,
];
