import * as v from 'valibot';

/** `run`: the workload runs now. `verify`: verify, unpack, receipt, exit. `none`: assign; the next other run adopts. */
export const launchMode = v.picklist(['run', 'verify', 'none']);
export type LaunchMode = v.InferOutput<typeof launchMode>;
