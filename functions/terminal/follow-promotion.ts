import type { PublishedPromotion } from '../flows/promotion-progress.ts';
import { waitForPromotion } from '../flows/wait-for-promotion.ts';
import type { OperatorCloud } from './connect.ts';
import type { ExitCode } from './exit-codes.ts';
import { progressOn, silent } from './progress.ts';
import {
  type PromotionResult,
  progressStatus,
  promotionExitCodes,
  promotionResult,
  resultLines,
} from './promotion-result.ts';
import type { Session } from './session.ts';
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
  const started = clock.now().getTime();
  const progress = options.json || options.quiet ? silent : progressOn(err);
  const deadline = new Date(started + timeoutSeconds * 1000);
  const { ended, last } = await waitForPromotion(published, { ...cloud, clock }, deadline, (seen) =>
    progress.show(progressStatus(seen), Math.floor((clock.now().getTime() - started) / 1000)),
  ).finally(progress.end);
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
