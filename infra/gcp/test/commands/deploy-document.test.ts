import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { functionEnv } from '../../../contract/function-env.ts';
import { deploymentOf } from '../../input/deployment.ts';
import { parseInput } from '../../input/parse.ts';
import { deploy } from '../fixtures/mocks.ts';
import { buildOddStack, buildStack } from '../fixtures/stacks.ts';

const DOCUMENT = readFileSync(new URL('../../../../docs/deploy.md', import.meta.url), 'utf8');

/** The APIs of Google Cloud that calls for a resource of this type go to. */
function apisOf(type: string): string[] {
  const [, path = ''] = type.split(':');
  const [module = '', kind = ''] = path.split('/');
  switch (module) {
    case 'projects':
      return [{ iAMCustomRole: 'iam', iAMMember: 'cloudresourcemanager' }[kind] ?? 'serviceusage'];
    case 'iam':
      return ['iam', 'iamcredentials', 'sts'];
    case 'serviceaccount':
      return ['iam'];
    case 'cloudfunctionsv2':
      return ['cloudfunctions', 'cloudbuild'];
    case 'cloudrunv2':
      return ['run'];
    default:
      return [module];
  }
}

/** What `gcloud services enable` enables in the project that a variable names. */
function enabledIn(variable: string): string[] {
  const commands = DOCUMENT.replaceAll('\\\n', ' ').split('\n');
  const own = commands.filter((line) => line.includes(`gcloud services enable --project $${variable} `));
  return own.flatMap((line) => [...line.matchAll(/([a-z]+)\.googleapis\.com/g)].map(([, api = '']) => api));
}

describe('docs/deploy.md', () => {
  it('enables in each project the APIs of every resource that a stack can have there', async () => {
    const { resources } = await deploy(buildOddStack());
    const inTenants = new Set(['globex-prod', 'initech-prod']);
    const [others = [], control = []] = [true, false].map((isTenants) =>
      resources.filter(({ inputs }) => inTenants.has(String(inputs.project)) === isTenants),
    );
    const needed = (of: typeof resources) => [...new Set(of.flatMap(({ type }) => apisOf(type)))].sort();

    expect(enabledIn('PROJECT').sort()).toEqual(needed(control));
    expect(enabledIn('OTHER').sort()).toEqual(needed(others));
  });

  it('exports the names of the buckets that the stack makes', () => {
    const exported = [...DOCUMENT.matchAll(/(PINCAST_[A-Z_]+)=(\S+)/g)].map(([, name, value = '']) => [
      name,
      value.replaceAll('$PROJECT', 'acme-fleet'),
    ]);
    const { PINCAST_MAX_ENVIRONMENT_BYTES: _, ...names } = functionEnv(deploymentOf(parseInput(buildStack())));

    expect(Object.fromEntries(exported)).toEqual(names);
  });
});
