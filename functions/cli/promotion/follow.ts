import type { WaitUntil } from '../../core/status/conclusion.ts';
import type { PromotionProgress, PublishedPromotion } from '../../core/status/promotion-progress.ts';
import { waitForPromotion } from '../../flows/status/wait.ts';
import type { ExitCode } from '../errors.ts';
import { writeResult } from '../output/output.ts';
import type { OutputOptions, Session } from '../session.ts';
import type { OperatorCloud } from '../target/connect.ts';
import { waitWithProgress } from '../wait-with-progress.ts';
import { type PromotionResult, progressStatus, promotionExitCodes, promotionResult, resultLines } from './result.ts';

export type FollowOptions = OutputOptions & { until: WaitUntil; timeoutSeconds: number };

/** Waits for the requested state with progress on stderr, and shows the result. */
export async function followPromotion(
  published: { promotion: PublishedPromotion; summary: object },
  options: FollowOptions,
  cloud: OperatorCloud,
  session: Session,
): Promise<ExitCode> {
  const { clock, out } = session;
  const { until, timeoutSeconds } = options;
  const { promotion } = published;
  const wait = {
    until: (deadline: Date, onSeen: (seen: PromotionProgress) => void) =>
      waitForPromotion({ promotion, until, deadline }, { ...cloud, clock }, onSeen),
    describe: progressStatus,
    timeoutSeconds,
  };
  const { last } = await waitWithProgress(wait, options, session);
  const result = promotionResult(last, until);
  const lines = resultLines(last, until, clock.now(), out);
  writeResult(options, out, { ...published.summary, ...resultJson(result, last) }, lines);
  return promotionExitCodes[result];
}

function resultJson(result: PromotionResult, last: PromotionProgress): object {
  if (last.kind === 'rejected') return { result, rejection: last.rejection };
  if (last.kind === 'unrecorded') return { result };
  const { entry, pin, state, tenants } = last;
  const sameAs = entry.sameAs === undefined ? {} : { sameAs: entry.sameAs };
  return { result, state, entryRevision: entry.revision, revision: pin.revision, ...sameAs, tenants };
}
