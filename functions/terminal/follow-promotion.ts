import type { PublishedPromotion } from '../flows/promotion-progress.ts';
import { waitForPromotion } from '../flows/wait-for-promotion.ts';
import type { OperatorCloud } from './connect.ts';
import type { ExitCode } from './exit-codes.ts';
import {
  type PromotionResult,
  progressStatus,
  promotionExitCodes,
  promotionResult,
  resultLines,
} from './promotion-result.ts';
import type { Session } from './session.ts';
import { shownWait } from './shown-wait.ts';
import type { OutputOptions } from './wiring.ts';

type Followed = Awaited<ReturnType<typeof waitForPromotion>>['last'];

/** Waits for a promotion's verdicts, shows how it goes on, and says what came of it. */
export async function followPromotion(
  published: PublishedPromotion,
  summary: object,
  timeoutSeconds: number,
  cloud: OperatorCloud,
  options: OutputOptions,
  { clock, out, err }: Session,
): Promise<ExitCode> {
  const { ended, last } = await shownWait(
    (deadline, onSeen: (seen: Parameters<typeof progressStatus>[0]) => void) =>
      waitForPromotion(published, { ...cloud, clock }, deadline, onSeen),
    progressStatus,
    timeoutSeconds,
    options,
    { clock, err },
  );
  const result = promotionResult(ended, last);
  if (options.json) out.write(`${JSON.stringify({ ...summary, ...resultJson(result, last) })}\n`);
  else for (const line of resultLines(result, last, clock.now(), out)) out.write(`${line}\n`);
  return promotionExitCodes[result];
}

function resultJson(result: PromotionResult, last: Followed): object {
  if (last.kind === 'rejected') return { result, rejection: last.rejection };
  if (last.kind === 'unrecorded') return { result };
  const { entry, pin, tenants } = last;
  return { result, entryRevision: entry.revision, revision: pin.revision, tenants };
}
