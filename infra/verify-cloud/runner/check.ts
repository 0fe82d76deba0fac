import type { Need, VerifyCloud } from '../cloud/cloud.ts';
import type { Scratch } from './scratch.ts';

/** `unknown`: this cloud, or this account, cannot decide it. */
export type Verdict = { state: 'holds' | 'differs' | 'unknown'; observed: string };

export const holds = (observed: string): Verdict => ({ state: 'holds', observed });
export const differs = (observed: string): Verdict => ({ state: 'differs', observed });
export const unknown = (observed: string): Verdict => ({ state: 'unknown', observed });

export function holdsIf(condition: boolean, observed: string): Verdict {
  return condition ? holds(observed) : differs(observed);
}

export type Subject = { cloud: VerifyCloud; scratch: Scratch; signal: AbortSignal };

/** One assumption of docs/unverified.md, and how to settle it. */
export type Check = {
  /** The row's id. */
  id: string;
  title: string;
  needs: readonly Need[];
  /** What it creates, for the plan. */
  creates: string;
  /** Its time limit, seconds. */
  seconds: number;
  /** Runs after the others and by itself, because it fills a quota. */
  alone: boolean;
  run(subject: Subject): Promise<Verdict>;
};

type Optional = 'needs' | 'creates' | 'seconds' | 'alone';

/** A check that by default runs one execution, needs what every cloud has, and takes at most 5 minutes. */
export function check(given: Omit<Check, Optional> & Partial<Pick<Check, Optional>>): Check {
  return { needs: [], creates: 'a job, 1 execution', seconds: 300, alone: false, ...given };
}
