import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseOptions } from '../../../../functions/core/sandbox/options/parse.ts';
import { grants } from '../../../contract/grants.ts';
import { deploymentOf } from '../../input/deployment.ts';
import { parseInput } from '../../input/parse.ts';
import { buildOddStack, buildStack } from '../fixtures/stacks.ts';

type Contract = {
  functions: { name: string; env: Record<string, string> }[];
  jobs: { name: string; command: string[]; args: string[]; maxRetries: number }[];
  grants: { members: string[]; role: string; resource: object; condition?: object }[];
  roles: { role: string; permissions: string[] }[];
};

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'contract-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function printContract(content: unknown): Promise<{ exitCode: number; out: string; err: string }> {
  const file = join(folder, 'stack.json');
  await writeFile(file, JSON.stringify(content));
  const program = join(import.meta.dirname, '../../print-contract.ts');
  return new Promise((resolve) => {
    execFile(process.execPath, [program, file], (error, out, err) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

describe('npm run contract', () => {
  it('prints the grants, the roles and the start of every job of a stack', async () => {
    const { exitCode, out } = await printContract(buildOddStack());
    const contract = JSON.parse(out) as Contract;
    const deployment = deploymentOf(parseInput(buildOddStack()));

    expect(exitCode).toBe(0);
    expect(contract.grants).toHaveLength(grants(deployment).length);
    expect(contract.functions.map(({ name }) => name)).toEqual(['fanOut', 'recheck', 'receipt', 'status']);
    expect(contract.jobs).toHaveLength(5);
    expect(new Set(contract.jobs.map(({ maxRetries }) => maxRetries))).toEqual(new Set([0]));
    const made = new Set(contract.roles.map(({ role }) => role));
    const custom = contract.grants.map(({ role }) => role).filter((role) => role.startsWith('projects/'));
    expect(custom.filter((role) => !made.has(role))).toEqual([]);
  });

  it('prints commands and arguments that the sandbox accepts', async () => {
    const { jobs } = JSON.parse((await printContract(buildStack())).out) as Contract;

    for (const { name, command, args } of jobs) {
      const flags = command.slice(command.findIndex((word) => word.endsWith('.mjs')) + 1);
      const env = { CLOUD_RUN_JOB: name, CLOUD_RUN_EXECUTION: 'run-1' };
      expect(parseOptions([...flags, ...args], env, '/workspace').mode).toMatchObject({ kind: 'pinned' });
    }
  });

  it('takes the same from a stack file of Pulumi', async () => {
    const plain = await printContract(buildStack());

    expect(await printContract({ config: { 'pincast:stack': buildStack() } })).toEqual(plain);
  });

  it('names every issue of an invalid input and prints nothing', async () => {
    expect(await printContract(buildStack({ region: 7, promoters: ['allUsers'] }))).toMatchObject({
      exitCode: 64,
      out: '',
      err: expect.stringMatching(/^region: [\s\S]*^promoters\.0: /m),
    });
  });
});
