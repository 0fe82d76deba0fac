import type { Variant } from '../substitute.ts';
import { launching } from './launching.ts';
import { orphans } from './orphans.ts';
import { quota } from './quota.ts';
import { receipts } from './receipts.ts';
import { recording } from './recording.ts';
import { sandbox } from './sandbox.ts';
import { targets } from './targets.ts';
import { verdicts } from './verdicts.ts';

/** Mistakes that the simulator must catch. Each stands for a rule that the product rests on; its file says which. */
export const variants: readonly Variant[] = [
  ...launching,
  ...quota,
  ...targets,
  ...verdicts,
  ...receipts,
  ...sandbox,
  ...recording,
  ...orphans,
];
