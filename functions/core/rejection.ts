import * as v from 'valibot';
import { formatVersion, timestamp } from './record.ts';

/** `rejections/<messageId>.json`: a promotion that was refused, with every reason and (clipped) what was sent. */
export const rejectionSchema = v.object({
  formatVersion,
  messageId: v.string(),
  publishTime: v.string(),
  rejectedAt: timestamp,
  faults: v.array(v.object({ path: v.string(), message: v.string() })),
  data: v.string(),
});
export type Rejection = v.InferOutput<typeof rejectionSchema>;
