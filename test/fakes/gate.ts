import type { Stage } from './stage.ts';

/** One call of a port, before it is made. */
export type PortCall = {
  /** Who calls. */
  process: string;
  port: string;
  method: string;
  /** The object, job or topic. */
  about: string;
  /** The caller's first call is 1. */
  nth: number;
};

export type Fault =
  /** Nothing is done, and the caller hears so. */
  | { kind: 'throw'; error: Error }
  /** All is done, but the caller gets an error for an answer. */
  | { kind: 'lost'; error: Error }
  /** No answer comes, and nothing is done. */
  | { kind: 'hang' }
  /** The answer takes this long; what was asked for is done at once. */
  | { kind: 'slow'; milliseconds: number }
  /** The caller's process ends here; this call is made no more. */
  | { kind: 'die' }
  /** The call is made, and the caller's process ends before the answer. */
  | { kind: 'die-after' };

export type FaultSwitch = (call: PortCall) => Fault | undefined;

export const noFaults: FaultSwitch = () => undefined;

/** What a fault switch throws where the kind of error does not matter. */
export class InjectedError extends Error {
  override readonly name = 'InjectedError';
}

/** Takes a call through: its effect happens at one moment, and others have their turns before it and before the answer. */
export type Gate = <T>(port: string, method: string, about: string, effect: () => T) => Promise<T>;

export function createGate(process: string, stage: Stage, faults: FaultSwitch): Gate {
  let calls = 0;
  let isDead = false;
  const dieIf = async (condition: boolean): Promise<void> => {
    if (condition) isDead = true;
    if (isDead) await never();
  };
  return async (port, method, about, effect) => {
    await dieIf(false);
    const fault = faults({ process, port, method, about, nth: ++calls });
    await stage.turn();
    await dieIf(fault?.kind === 'die');
    if (fault?.kind === 'hang') await never();
    if (fault?.kind === 'throw') throw fault.error;
    const answer = effect();
    if (fault?.kind === 'slow') await stage.sleep(fault.milliseconds);
    await stage.turn();
    await dieIf(fault?.kind === 'die-after');
    if (fault?.kind === 'lost') throw fault.error;
    return answer;
  };
}

/** An awaited call of a process that is no more. */
function never(): Promise<never> {
  return new Promise(() => {});
}
