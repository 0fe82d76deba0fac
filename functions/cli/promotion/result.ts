import { type Conclusion, concludePromotion, openTenants, type WaitUntil } from '../../core/status/conclusion.ts';
import type { PromotionProgress, RecordedPromotion, ScopedTenant } from '../../core/status/promotion-progress.ts';
import { type ExitCode, exitCodes } from '../errors.ts';
import { summarizeTenants } from '../output/adoption-style.ts';
import { fleetTable } from '../output/fleet-table.ts';
import type { Output, Style } from '../output/output.ts';
import { rejectionLines } from '../output/rejection.ts';
import { rollbackLines } from '../output/rollout.ts';
import { listNames, wrapText } from '../output/text.ts';

/** At most this many open tenants are named. */
const MOST_NAMES = 20;

export type PromotionResult = Conclusion | 'timeout';

/** The result of the wait. At the deadline a HALTED rollout counts as failed, even if executions still run. */
export function promotionResult(progress: PromotionProgress, until: WaitUntil): PromotionResult {
  const isHalted = progress.kind === 'recorded' && progress.state === 'HALTED' && until === 'succeeded';
  return concludePromotion(progress, until) ?? (isHalted ? 'failed' : 'timeout');
}

export const promotionExitCodes: Record<PromotionResult, ExitCode> = {
  recorded: exitCodes.ok,
  assigned: exitCodes.ok,
  adopted: exitCodes.ok,
  succeeded: exitCodes.ok,
  failed: exitCodes.notConverged,
  superseded: exitCodes.notConverged,
  rejected: exitCodes.rejected,
  paused: exitCodes.paused,
  timeout: exitCodes.timeout,
};

/** The progress line. */
export function progressStatus(progress: PromotionProgress): string {
  if (progress.kind === 'unrecorded') return 'published; waiting for the fan-out to record or reject it';
  if (progress.kind === 'rejected') return 'rejected';
  const { pin, state, tenants } = progress;
  return `${pin.runtime} revision ${pin.revision} ${state}: ${summarizeTenants(tenants)}`;
}

/** `codex: recorded as r6`; for a repeated pin also the state of the earlier revision. */
function recordedLine({ entry, pin, state, tenants }: RecordedPromotion): string {
  const recorded = `${entry.runtime}: recorded as r${entry.revision}`;
  if (entry.revision === pin.revision) return recorded;
  return (
    `${recorded}, the same as r${pin.revision} (URL, digest, tenants and rollout): nothing is launched again, and ` +
    `r${pin.revision} is ${state}: ${summarizeTenants(tenants)}`
  );
}

/** The lines at the end of the command. */
export function resultLines(progress: PromotionProgress, until: WaitUntil, now: Date, output: Output): string[] {
  if (progress.kind === 'rejected') return rejectionLines(progress.rejection, now, output);
  if (progress.kind === 'unrecorded') {
    const next = 'read the log of fanOut, and the dead letters of pin-promoted';
    return wrapText(`timeout: the fan-out neither recorded nor rejected the promotion; ${next}`, output.columns);
  }
  if (until === 'recorded') return wrapText(recordedLine(progress), output.columns);
  const { fleet, pin, tenants } = progress;
  const rollout = fleet.rollouts.find(({ revision }) => revision === pin.revision);
  const hasFailed = rollout !== undefined && promotionResult(progress, until) === 'failed';
  const wayBack = hasFailed ? rollbackLines(fleet, rollout) : [];
  return [...fleetTable(tenants, now, output), ...wayBack, '', ...verdictLines(progress, until, output)];
}

const STYLES: Record<PromotionResult, Style> = {
  recorded: 'green',
  assigned: 'green',
  adopted: 'green',
  succeeded: 'green',
  failed: 'red',
  superseded: 'red',
  rejected: 'red',
  paused: 'yellow',
  timeout: 'red',
};

function verdictLines(progress: RecordedPromotion, until: WaitUntil, { paint, columns }: Output): string[] {
  const { entry, pin } = progress;
  const again =
    entry.revision === pin.revision ? '' : ` (recorded as r${entry.revision}, the same as r${pin.revision})`;
  const result = promotionResult(progress, until);
  const text = `${pin.runtime} revision ${pin.revision}${again}: ${verdict(result, progress, until)}`;
  return wrapText(text, columns).map((line) => paint(STYLES[result], line));
}

function verdict(result: PromotionResult, progress: RecordedPromotion, until: WaitUntil): string {
  const { state, tenants } = progress;
  const summary = summarizeTenants(tenants);
  switch (result) {
    case 'succeeded':
      return `SUCCEEDED: ${summary}`;
    case 'adopted':
      return `adopted by every tenant in scope: ${summary}`;
    case 'assigned':
      return `assigned to every tenant in scope (${tenants.length}); launch none: each adopts with its next run`;
    case 'failed':
      return `${until === 'adopted' ? 'not every tenant adopted' : state}: ${summary}`;
    case 'superseded': {
      const later = new Set(tenants.flatMap(({ supersededBy }) => supersededBy ?? []));
      return `superseded by revision ${[...later].join(', ')}: ${summary}`;
    }
    case 'paused':
      return `PAUSED: ${listOpen(progress, until)}`;
    case 'timeout':
      return `timeout; still open: ${listOpen(progress, until)}`;
    case 'recorded':
    case 'rejected':
      return result;
    default:
      return result satisfies never;
  }
}

function listOpen(progress: RecordedPromotion, until: WaitUntil): string {
  const unreadable = progress.unknown.map((tenant) => `${tenant} (its object cannot be read: pincast status)`);
  return listNames([...openTenants(progress, until).map(describeOpen), ...unreadable], MOST_NAMES);
}

function describeOpen({ tenant, adoption, outcome }: ScopedTenant): string {
  if (adoption !== 'ADOPTED') return `${tenant} (${adoption})`;
  return `${tenant} (${outcome === null ? 'the outcome of its execution is unknown' : 'its workload still runs'})`;
}
