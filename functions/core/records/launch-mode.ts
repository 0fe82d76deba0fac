import * as v from 'valibot';

/** `run`: the workload runs now. `verify`: verify, unpack, receipt, exit. `none`: assign; the next other run adopts. */
export const launchMode = v.picklist(
  ['run', 'verify', 'none'],
  ({ input }) => `expected one of run, verify, none, got ${JSON.stringify(input)}`,
);
export type LaunchMode = v.InferOutput<typeof launchMode>;
