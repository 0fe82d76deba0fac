import { globSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** One deliberate mistake in a source, and the test that must find it. */
type Mutation = {
  mistake: string;
  /** Occurs once in the source. */
  find: string;
  replace: string;
  /** The start of the test's title. */
  title: string;
};

/** What `<path>.mutants.ts` exports: the mistakes that `<path>.test.ts` must find, by their source relative to infra/. */
export type Mutations = Readonly<Record<string, readonly Mutation[]>>;

/** `test` is relative to infra/gcp/test. */
export type Mutant = Mutation & { file: string; test: string };

const TEST = join(import.meta.dirname, '..');
const SUFFIX = '.mutants.ts';

async function load(path: string): Promise<Mutant[]> {
  const { mutations } = (await import(pathToFileURL(join(TEST, path)).href)) as { mutations: Mutations };
  const test = `${path.slice(0, -SUFFIX.length)}.test.ts`;
  return Object.entries(mutations).flatMap(([file, all]) => all.map((mutation) => ({ ...mutation, file, test })));
}

const paths = globSync(`**/*${SUFFIX}`, { cwd: TEST }).sort();

/** The mutations of every `<path>.mutants.ts`. */
export const mutants: readonly Mutant[] = (await Promise.all(paths.map(load))).flat();
