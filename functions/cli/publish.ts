import { setTimeout as sleep } from 'node:timers/promises';
import type { Messages } from '../ports/system.ts';
import { CliError } from './errors.ts';
import { exitCodes } from './exit-codes.ts';

/** The client itself goes on for ten minutes, in silence. */
const TIMEOUT_MS = 30_000;

/** Publishes, and returns the message id. @throws CliError where Pub/Sub has not taken it in time. */
export async function publish(messages: Messages, topic: string, data: object, advice = ''): Promise<string> {
  const stop = new AbortController();
  const tooLate = sleep(TIMEOUT_MS, undefined, { signal: stop.signal }).then(() => {
    throw new CliError(
      exitCodes.unavailable,
      `Pub/Sub has not answered for ${TIMEOUT_MS / 1000} s; ${topic} may have the message or not${advice}`,
    );
  });
  try {
    return await Promise.race([messages.publish(topic, data), tooLate]);
  } finally {
    tooLate.catch(() => {});
    stop.abort();
  }
}
