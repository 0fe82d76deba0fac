import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

/** A deliberate mistake in one line of the code that ships. */
export type Variant = {
  name: string;
  /** Within `functions/`. */
  file: string;
  find: string;
  replace: string;
};

const FUNCTIONS = new URL('../../functions/', import.meta.url);

/** Loads this file with the mistake in it; the file itself stays as it is. */
export function substitute(variant: Variant): void {
  const url = urlOf(variant);
  registerHooks({
    load: (asked, context, next) => {
      if (asked !== url) return next(asked, context);
      const source = sourceOf(variant).replace(variant.find, () => variant.replace);
      return { format: 'module-typescript', source, shortCircuit: true };
    },
  });
}

function urlOf({ file }: Variant): string {
  return new URL(file, FUNCTIONS).href;
}

export function sourceOf(variant: Variant): string {
  return readFileSync(fileURLToPath(urlOf(variant)), 'utf8');
}
