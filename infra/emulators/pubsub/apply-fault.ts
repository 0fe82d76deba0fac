import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../faults.ts';
import { codeOfHttpStatus, RpcError } from './resources/rpc-error.ts';

/** Thrown to drop the connection instead of answering. */
export class Dropped extends Error {
  override readonly name = 'Dropped';
}

/**
 * Runs a call with the fault that the switch asks for.
 *
 * @throws RpcError for a status, Dropped to lose the answer
 */
export async function underFault<T>(fault: Fault | undefined, method: string, run: () => T | Promise<T>): Promise<T> {
  if (fault?.kind === 'status') {
    throw new RpcError(codeOfHttpStatus(fault.status), `${method} fails with the injected status ${fault.status}.`);
  }
  if (fault?.kind === 'reset') throw new Dropped();
  if (fault?.kind === 'delay') await sleep(fault.milliseconds);
  const result = await run();
  if (fault?.kind === 'lost-response') throw new Dropped();
  return result;
}
