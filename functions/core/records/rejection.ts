import * as v from 'valibot';
import { truncateIssues } from '../values/issues.ts';
import { formatVersion, timestamp } from '../values/schemas.ts';
import { MAX_RECORD_BYTES } from './codec.ts';

/** `rejections/<messageId>.json`: a promotion that was refused, with every reason and (clipped) what was sent. */
export const rejectionSchema = v.object({
  formatVersion,
  messageId: v.string(),
  publishTime: v.string(),
  /** Absent where the message names none that can be read. */
  runtime: v.optional(v.string()),
  rejectedAt: timestamp,
  faults: v.array(v.object({ path: v.string(), message: v.string() })),
  data: v.string(),
});
export type Rejection = v.InferOutput<typeof rejectionSchema>;

/** A fault's message names what was got, what was wanted and what to do: that much of it says so. */
const SUMMARY_TEXT = 400;

/** The rejection, clipped so that it fits the custom metadata: then a list call returns it, and no body is read. */
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
