import * as v from 'valibot';

/** Every adoption state, worst first: status lists show the worst tenants first. */
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

/** True if the state is final until a person or a promotion acts. */
export function isVerdict(state: Adoption): boolean {
  return VERDICTS.has(state);
}

export function isFailure(state: Adoption): boolean {
  return isVerdict(state) && state !== 'ADOPTED';
}
