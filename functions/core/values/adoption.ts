import * as v from 'valibot';

/** Worst first. What is shown of a fleet is its worst; unknown is never rounded up. */
export const ADOPTIONS = [
  'REFUSED',
  'FAILED',
  'UNPROVEN',
  'STALE',
  'NEVER_RAN',
  'LAUNCHING',
  'RUNNING',
  'HELD',
  'WAITING',
  'ADOPTED',
] as const;

export const adoption = v.picklist(ADOPTIONS);
export type Adoption = v.InferOutput<typeof adoption>;

const VERDICTS: ReadonlySet<Adoption> = new Set(['REFUSED', 'FAILED', 'UNPROVEN', 'ADOPTED']);

/** Nothing more happens by itself: proved, or given up with a reason. */
export function isVerdict(state: Adoption): boolean {
  return VERDICTS.has(state);
}

export function isFailure(state: Adoption): boolean {
  return isVerdict(state) && state !== 'ADOPTED';
}
