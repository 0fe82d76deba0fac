import { setTimeout as sleep } from 'node:timers/promises';
import pMap from 'p-map';
import type { VerifyCloud } from '../cloud/cloud.ts';
import { type Check, type Subject, unknown, type Verdict } from './check.ts';
import { isTemporary, messageOf } from './faults.ts';
import { Scratch } from './scratch.ts';

export type Result = Pick<Check, 'id' | 'title'> & Verdict & { seconds: number };
export type Report = { results: Result[] /** What could not be deleted, with the reason. */; left: string[] };

export type RunOptions = {
  cloud: VerifyCloud;
  checks: readonly Check[];
  /** Ends the run: checks that have not ended are `unknown`, and what they created is deleted. */
  signal: AbortSignal;
  onResult?: (result: Result) => void;
};

/** Of checks that do not run alone. */
export const CONCURRENCY = 4;
/** A check that meets a temporary fault is repeated, from nothing. */
const ATTEMPTS = 3;
const FIRST_BACKOFF_MS = 2_000;
const MAX_OBSERVED = 500;

/** Runs the checks, those that fill quotas last and one by one. Never rejects: a check that fails is `unknown`. */
export async function runChecks({ cloud, checks, signal, onResult }: RunOptions): Promise<Report> {
  const left: string[] = [];
  const byId = new Map<string, Result>();
  const settle = async (check: Check) => {
    const started = Date.now();
    const verdict = await verdictOf(check, cloud, signal, left);
    const { id, title } = check;
    const observed = verdict.observed.replace(/\s+/g, ' ').trim().slice(0, MAX_OBSERVED);
    const result = { id, title, state: verdict.state, observed, seconds: (Date.now() - started) / 1_000 };
    byId.set(id, result);
    onResult?.(result);
  };
  await pMap(
    checks.filter(({ alone }) => !alone),
    settle,
    { concurrency: CONCURRENCY },
  );
  for (const check of checks) if (check.alone) await settle(check);
  return { results: checks.flatMap(({ id }) => byId.get(id) ?? []), left };
}

/** Why this cloud cannot decide a check; undefined if it can. */
export function lackOf({ needs }: Check, cloud: VerifyCloud): string | undefined {
  return needs.map((need) => cloud.lacks(need)).find((reason) => reason !== undefined);
}

async function verdictOf(check: Check, cloud: VerifyCloud, signal: AbortSignal, left: string[]): Promise<Verdict> {
  const lack = lackOf(check, cloud);
  if (lack !== undefined) return unknown(lack);
  for (let attempt = 1; ; attempt++) {
    if (signal.aborted) return unknown('interrupted');
    try {
      return await attemptOf(check, cloud, signal, left);
    } catch (error) {
      if (signal.aborted) return unknown('interrupted');
      if (attempt === ATTEMPTS || !isTemporary(error)) return unknown(`the check failed: ${messageOf(error)}`);
      await sleep(FIRST_BACKOFF_MS * 2 ** (attempt - 1), undefined, { signal }).catch(() => undefined);
    }
  }
}

/** One attempt with resources of its own, which are deleted after it. */
async function attemptOf(check: Check, cloud: VerifyCloud, signal: AbortSignal, left: string[]): Promise<Verdict> {
  const scratch = new Scratch();
  const limit = AbortSignal.timeout(check.seconds * 1_000);
  const subject: Subject = { cloud, scratch, signal: AbortSignal.any([signal, limit]) };
  try {
    return await ended(check.run(subject), subject.signal);
  } catch (error) {
    if (limit.aborted && !signal.aborted) return unknown(`no answer within ${check.seconds} s`);
    throw error;
  } finally {
    left.push(...(await scratch.close()));
  }
}

/** Rejects when the signal is aborted, although a call of a check may go on. */
async function ended<T>(running: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort);
  running.catch(() => undefined);
  try {
    signal.throwIfAborted();
    return await Promise.race([running, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
