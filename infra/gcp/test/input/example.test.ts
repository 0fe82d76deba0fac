import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { expect, it } from 'vitest';
import { parseInput } from '../../input/parse.ts';

it('accepts the example of a stack’s configuration', () => {
  const text = readFileSync(join(import.meta.dirname, '../../Pulumi.example.yaml'), 'utf8');
  const { config } = load(text) as { config: Record<string, unknown> };

  expect(parseInput(config['pincast:stack']).tenants).toMatchObject([
    { tenant: 'acme', wave: 'canary' },
    { tenant: 'globex', project: 'globex-prod' },
    { tenant: 'initech', job: 'existing' },
  ]);
});
