/** `unknown`: this cloud, or this account, cannot decide it. */
export type Verdict = { state: 'holds' | 'differs' | 'unknown'; observed: string };

export const holds = (observed: string): Verdict => ({ state: 'holds', observed });
export const differs = (observed: string): Verdict => ({ state: 'differs', observed });
export const unknown = (observed: string): Verdict => ({ state: 'unknown', observed });

export function holdsIf(condition: boolean, observed: string): Verdict {
  return condition ? holds(observed) : differs(observed);
}
