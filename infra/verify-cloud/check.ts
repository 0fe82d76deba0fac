import type { VerifyCloud } from './cloud/cloud.ts';
import type { Need } from './cloud/need.ts';
import type { Scratch } from './scratch.ts';
import type { Verdict } from './verdict.ts';

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
  alone?: boolean;
  run(subject: Subject): Promise<Verdict>;
};
