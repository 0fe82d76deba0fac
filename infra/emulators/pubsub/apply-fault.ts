import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../faults.ts';
import { codeOfHttpStatus, RpcError } from './resources/rpc-error.ts';

/** Thrown where the connection is to be dropped instead of an answer. */
export class Dropped extends Error {
  override readonly name = 'Dropped';
}

/**
 * Runs a call under what the fault switch asks for.
 *
 * @throws Refusal for a status, Dropped where the caller shall not get its answer
 */
export async function underFault<T>(fault: Fault | undefined, method: string, run: () => T | Promise<T>): Promise<T> {
  if (fault?.kind === 'status') {
    throw new RpcError(codeOfHttpStatus(fault.status), `${method} was told to fail with ${fault.status}.`);
  }
  if (fault?.kind === 'reset') throw new Dropped();
  if (fault?.kind === 'delay') await sleep(fault.milliseconds);
  const result = await run();
  if (fault?.kind === 'lost-response') throw new Dropped();
  return result;
}
