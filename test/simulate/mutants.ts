import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A deliberate mistake in one place of the code that ships. */
export type Mutation = {
  name: string;
  find: string;
  replace: string;
};

/** `file` is the mutated module's path within `functions/`. */
export type Mutant = Mutation & { file: string };

const TEST = new URL('../', import.meta.url);
const SUFFIX = '.mutants.ts';

async function load(path: string): Promise<Mutant[]> {
  const { mutations } = (await import(new URL(path, TEST).href)) as { mutations: readonly Mutation[] };
  const file = `${path.slice(0, -SUFFIX.length)}.ts`;
  return mutations.map((mutation) => ({ ...mutation, file }));
}

const paths = globSync(`**/*${SUFFIX}`, { cwd: fileURLToPath(TEST) }).sort();

/** The mutations of every `test/<path>.mutants.ts`, which change `functions/<path>.ts`. The simulator must catch each. */
export const mutants: readonly Mutant[] = (await Promise.all(paths.map(load))).flat();
