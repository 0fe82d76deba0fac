import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Mutant } from './mutants.ts';

const FUNCTIONS = new URL('../../functions/', import.meta.url);

/** Loads this file with the mistake in it; the file itself stays as it is. */
export function substitute(mutant: Mutant): void {
  const url = urlOf(mutant);
  registerHooks({
    load: (asked, context, next) => {
      if (asked !== url) return next(asked, context);
      const source = sourceOf(mutant).replace(mutant.find, () => mutant.replace);
      return { format: 'module-typescript', source, shortCircuit: true };
    },
  });
}

function urlOf({ file }: Mutant): string {
  return new URL(file, FUNCTIONS).href;
}

export function sourceOf(mutant: Mutant): string {
  return readFileSync(fileURLToPath(urlOf(mutant)), 'utf8');
}
