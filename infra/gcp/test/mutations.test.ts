import { beforeAll, expect, it } from 'vitest';
import { mutations } from './mutations/mutations.ts';
import { type Failures, runMutations } from './mutations/run-mutations.ts';

let failures: Failures;

beforeAll(async () => {
  failures = await runMutations(mutations);
}, 300_000);

it.each(mutations)('$test finds that $mistake', (mutation) => {
  expect(failures.get(mutation)).toContainEqual(expect.stringContaining(mutation.title));
});
