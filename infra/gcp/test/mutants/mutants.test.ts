import { beforeAll, expect, it } from 'vitest';
import { mutants } from './mutants.ts';
import { type Failures, runMutants } from './run-mutants.ts';

let failures: Failures;

beforeAll(async () => {
  failures = await runMutants(mutants);
}, 300_000);

it.each(mutants)('$test finds that $mistake', (mutant) => {
  expect(failures.get(mutant)).toContainEqual(expect.stringContaining(mutant.title));
});
