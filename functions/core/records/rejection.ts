import * as v from 'valibot';
import { truncateIssues } from '../values/issues.ts';
import { formatVersion, timestamp } from '../values/schemas.ts';
import { MAX_RECORD_BYTES } from './codec.ts';

/** `rejections/<messageId>.json`: a rejected promotion, with every issue and the truncated data. */
export const rejectionSchema = v.object({
  formatVersion,
  messageId: v.string(),
  publishTime: v.string(),
  /** Absent if the message names no valid runtime. */
  runtime: v.optional(v.string()),
  rejectedAt: timestamp,
  faults: v.array(v.object({ path: v.string(), message: v.string() })),
  data: v.string(),
});
export type Rejection = v.InferOutput<typeof rejectionSchema>;

/** Long enough for what was got, what was expected and what to do. */
const SUMMARY_TEXT = 400;

/** The rejection, truncated to fit custom metadata, so that a list call returns it without its body. */
export function summarizeRejection(rejection: Rejection): Rejection {
  let { data } = rejection;
  let count = Math.min(rejection.faults.length, 200);
  for (;;) {
    const summary = { ...rejection, data, faults: truncateIssues(rejection.faults, { count, text: SUMMARY_TEXT }) };
    const fits = Buffer.byteLength(JSON.stringify(summary)) <= MAX_RECORD_BYTES;
    if (fits || (data === '' && count === 0)) return summary;
    if (data === '') count--;
    else data = data.slice(0, Math.floor(data.length / 2));
  }
}
