import {
  isAdoptedByAll,
  openTenants,
  type PromotionProgress,
  type RecordedPromotion,
} from '../flows/promotion-progress.ts';
import { summarizeAdoptions } from './adoption-style.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { fleetTable } from './fleet-table.ts';
import type { Output } from './output.ts';
import { rejectionLines } from './rejection-lines.ts';

export type PromotionResult = 'adopted' | 'not-adopted' | 'superseded' | 'rejected' | 'timeout';

/** What waiting came to. A tenant that a later promotion took over is neither adopted nor open. */
export function promotionResult(ended: boolean, progress: PromotionProgress): PromotionResult {
  if (progress.kind === 'rejected') return 'rejected';
  if (!ended || progress.kind === 'unrecorded') return 'timeout';
  if (isAdoptedByAll(progress)) return 'adopted';
  return progress.tenants.some(({ supersededBy }) => supersededBy !== null) ? 'superseded' : 'not-adopted';
}

export const promotionExitCodes: Record<PromotionResult, ExitCode> = {
  adopted: exitCodes.ok,
  'not-adopted': exitCodes.notAsWanted,
  superseded: exitCodes.notAsWanted,
  rejected: exitCodes.rejected,
  timeout: exitCodes.timeout,
};

/** One line while it goes on. */
export function progressStatus(progress: PromotionProgress): string {
  if (progress.kind === 'unrecorded') return 'published; neither in the ledger nor rejected yet';
  if (progress.kind === 'rejected') return 'rejected';
  const { pin, tenants } = progress;
  return `${pin.runtime} revision ${pin.revision}: ${summarizeAdoptions(tenants)}`;
}

/** What is said at the end. */
export function resultLines(result: PromotionResult, progress: PromotionProgress, now: Date, output: Output): string[] {
  if (progress.kind === 'rejected') return rejectionLines(progress.rejection, now, output);
  if (progress.kind === 'unrecorded') {
    return ['timeout: the promotion is neither in the ledger nor rejected; is the fan-out running? (pincast status)'];
  }
  return [...fleetTable(progress.tenants, now, output), '', verdictLine(result, progress, output)];
}

function verdictLine(result: PromotionResult, progress: RecordedPromotion, { paint }: Output): string {
  const { entry, pin, tenants } = progress;
  const again = entry === pin ? '' : ` (revision ${entry.revision} repeats it)`;
  const what = `${pin.runtime} revision ${pin.revision}${again}`;
  switch (result) {
    case 'adopted':
      return paint('green', `${what}: ADOPTED by every tenant in scope (${tenants.length})`);
    case 'superseded': {
      const later = new Set(tenants.flatMap(({ supersededBy }) => (supersededBy === null ? [] : [supersededBy])));
      return paint('red', `${what}: superseded by revision ${[...later].join(', ')} while it was waited for`);
    }
    case 'timeout':
      return paint('red', `${what}: timeout; still open: ${openTenants(progress).map(describeOpen).join(', ')}`);
    case 'rejected':
    case 'not-adopted':
      return paint('red', `${what}: not every tenant adopted: ${summarizeAdoptions(tenants)}`);
    default:
      return result satisfies never;
  }
}

function describeOpen({ tenant, adoption }: { tenant: string; adoption: string }): string {
  return `${tenant} (${adoption})`;
}
