import * as v from 'valibot';
import { count } from './schemas.ts';

/** How an execution ended, whatever it adopted. `signal` is a name, `SIGKILL`. */
export const outcomeSchema = v.object({
  state: v.picklist(['RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED']),
  exitCode: v.nullable(count),
  signal: v.nullable(v.string()),
});
export type Outcome = v.InferOutput<typeof outcomeSchema>;

export const running: Outcome = { state: 'RUNNING', exitCode: null, signal: null };
export const succeeded: Outcome = { state: 'SUCCEEDED', exitCode: 0, signal: null };
export const cancelled: Outcome = { state: 'CANCELLED', exitCode: null, signal: null };

export function failed(exitCode: number | null, signal: string | null): Outcome {
  return { state: 'FAILED', exitCode, signal };
}

export function describeOutcome(outcome: Outcome | null): string {
  if (outcome === null) return '';
  if (outcome.state !== 'FAILED') return outcome.state;
  if (outcome.signal !== null) return `FAILED (${outcome.signal})`;
  return outcome.exitCode === null ? 'FAILED' : `FAILED (exit ${outcome.exitCode})`;
}
