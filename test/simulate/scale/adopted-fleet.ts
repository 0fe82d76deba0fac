import type { Assignment } from '#functions/core/records/assignment.ts';
import type { LedgerEntry } from '#functions/core/records/ledger-entry.ts';
import type { OrphanReport } from '#functions/core/records/orphan-report.ts';
import { defaultRolloutPolicy } from '#functions/core/records/rollout-policy.ts';
import type { Tenant } from '#functions/core/records/tenant.ts';
import { type Outcome, succeeded } from '#functions/core/values/outcome.ts';
import { FORMAT_VERSION } from '#functions/core/values/schemas.ts';
import { digestOf } from '../model/digest.ts';
import type { World } from '../model/world.ts';

const LAUNCH_ID = '0d9f8a9e-7f0a-4d52-9c38-7a3c1c1f6a10';
const DIGEST = digestOf('an environment');
const THEN = '2026-11-20T11:00:00.000Z';

/** The pin that every tenant has adopted. */
export const entry: LedgerEntry = {
  formatVersion: FORMAT_VERSION,
  runtime: 'codex',
  revision: 1,
  environmentTarUrl: 'gs://environments/codex/1.tar',
  environmentTarDigest: DIGEST,
  promotionId: '1',
  messageId: '1',
  publishTime: '2026-11-20T11:00:00.000000000Z',
  content: 'content',
  rollout: defaultRolloutPolicy,
  environmentGeneration: '1',
  environmentBytes: 14,
  recordedAt: THEN,
};

export function adopted({ runtime, tenant, job }: Tenant, outcome: Outcome = succeeded): Assignment {
  const execution = executionOfTenant(job, tenant);
  const receipt = `${tenant}/codex/codex-${tenant}-x1/0-0-adopted.json`;
  return {
    formatVersion: FORMAT_VERSION,
    runtime,
    tenant,
    revision: 1,
    digest: DIGEST,
    assignedAt: THEN,
    launchId: LAUNCH_ID,
    launchAttempt: 1,
    unlaunched: 0,
    owner: '0d9f8a9e-7f0a-4d52-9c38-7a3c1c1f6a11',
    notAfter: THEN,
    execution,
    adoption: 'ADOPTED',
    outcome,
    proof: { revision: 1, digest: DIGEST, execution, receipt, adoptedAt: THEN },
    reason: null,
    retryAt: null,
    updatedAt: THEN,
  };
}

/** What an orphan scan that finds none leaves. */
export function nothingFound(at: Date): OrphanReport {
  const none = { total: 0, first: [] };
  const found = { jobless: none, executions: none, unseen: none };
  return {
    formatVersion: FORMAT_VERSION,
    runtime: 'codex',
    lookedAt: at.toISOString(),
    undecidedSince: {},
    ...found,
  };
}

/** What Cloud Run knows of the execution that `adopted` names: created an hour ago. */
export function seedExecution(world: World, { job: name, runtime, tenant }: Tenant, state: 'ended' | 'running'): void {
  const job = { name, runtime, tenant, maxRetries: 0 };
  const createdAt = world.timeline.now - 3_600_000;
  const execution = executionOfTenant(name, tenant);
  world.run.jobs.set(name, job);
  world.run.executions.set(execution, {
    name: execution,
    job,
    env: { PINCAST_LAUNCH_ID: LAUNCH_ID },
    createdAt,
    startedAt: createdAt,
    completedAt: state === 'ended' ? createdAt : null,
    attempt: 0,
    end: state === 'ended' ? { exitCode: 0, signal: null } : null,
    cancelled: false,
    isForeign: false,
    stop: null,
  });
}

function executionOfTenant(job: string, tenant: string): string {
  return `${job}/executions/codex-${tenant}-x1`;
}
