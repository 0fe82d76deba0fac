import { expect, it } from 'vitest';
import { deploy } from '../fixtures/mocks.ts';
import { buildOddStack, buildStack } from '../fixtures/stacks.ts';
import { runWithEngine } from './engine.ts';

const namesOf = async (config: unknown) =>
  (await deploy(config)).resources.map(({ type, name }) => `${type} ${name}`).sort();

// In a preview all ids and URLs are unknown.
it.each([
  ['a preview', true],
  ['an update', false],
])('registers every resource through the SDK’s own runner in %s', async (_, preview) => {
  const { exitCode, registered, errors } = await runWithEngine({ config: buildOddStack(), preview });

  expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: [] });
  expect(registered.sort()).toEqual(await namesOf(buildOddStack()));
});

it('registers nothing and reports every issue for an invalid configuration', async () => {
  const config = buildStack({ region: 'Europe', promoters: ['allUsers'] });
  const { exitCode, registered, errors } = await runWithEngine({ config, preview: true });

  expect(exitCode).not.toBe(0);
  expect(registered).toEqual([]);
  expect(errors.join('\n')).toMatch(/invalid stack input: region: expected a region.*promoters\.0: expected user:/s);
});

it('fails an update whose projectNumber is of another project', async () => {
  const config = buildStack({ projectNumber: '999999999999' });
  const { exitCode, errors } = await runWithEngine({ config, preview: false });

  expect(exitCode).not.toBe(0);
  expect(errors.join('\n')).toContain(
    'projectNumber is 999999999999, but the project’s agent is service-123456789012@',
  );
});
