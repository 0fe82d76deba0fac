import { setTimeout as sleep } from 'node:timers/promises';
import type { Messages } from '../ports/system.ts';
import { CliError, exitCodes } from './errors.ts';

/** Shorter than the client's own 10 minutes, during which it reports nothing. */
const TIMEOUT_MS = 30_000;

/** Publishes, and returns the message id. @throws CliError if Pub/Sub does not answer in time. */
export async function publish(messages: Messages, topic: string, data: object, advice = ''): Promise<string> {
  const stop = new AbortController();
  const tooLate = sleep(TIMEOUT_MS, undefined, { signal: stop.signal }).then(() => {
    throw new CliError(
      exitCodes.unavailable,
      `Pub/Sub has not answered for ${TIMEOUT_MS / 1000} s; ${topic} may or may not have the message${advice}`,
    );
  });
  try {
    return await Promise.race([messages.publish(topic, data), tooLate]);
  } finally {
    tooLate.catch(() => {});
    stop.abort();
  }
}
