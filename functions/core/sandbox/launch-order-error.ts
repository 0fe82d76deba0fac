import { describeFaults, type InputFault } from '../faults.ts';

/** An order that was refused before anything was called; `faults` names all that is wrong with it. */
export class LaunchOrderError extends Error {
  override readonly name = 'LaunchOrderError';
  readonly code = 'USAGE';
  readonly faults: readonly InputFault[];

  constructor(faults: readonly InputFault[]) {
    super(describeFaults(faults));
    this.faults = faults;
  }
}
