import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { PINNED_FLAGS } from '../../../../functions/core/sandbox/options/flags.ts';
import { parseOptions } from '../../../../functions/core/sandbox/options/parse.ts';
import { type Deployed, deploy, ofType, resource } from '../fixtures/mocks.ts';
import { parseTenantOf } from '../fixtures/registrations.ts';
import { buildOddStack, buildStack, IMAGE } from '../fixtures/stacks.ts';

type Container = {
  image: string;
  commands: string[];
  args: string[];
  envs: { name: string; value: string }[];
  resources: { limits: Record<string, string> };
};
type Task = Record<string, unknown> & { containers: Container[] };

let small: Deployed;
let odd: Deployed;

beforeAll(async () => {
  small = await deploy(buildStack());
  odd = await deploy(buildOddStack());
});

const job = (deployed: Deployed, name: string) => resource(deployed, 'cloudrunv2/job', name);
const taskOf = (deployed: Deployed, name: string) =>
  (job(deployed, name).inputs.template as { template: Task }).template;
const containerOf = (deployed: Deployed, name: string): Container => {
  const [container, ...others] = taskOf(deployed, name).containers;
  if (container === undefined || others.length > 0) throw new Error('expected one container');
  return container;
};

describe('defineJobs', () => {
  it('runs a tenant’s sandbox once, as the tenant’s own account', () => {
    const { inputs } = job(small, 'codex-acme');

    expect(inputs).toMatchObject({
      project: 'acme-fleet',
      location: 'europe-west1',
      deletionProtection: false,
      labels: { 'pincast-runtime': 'codex', 'pincast-tenant': 'acme' },
      template: { taskCount: 1, parallelism: 1 },
    });
    expect(taskOf(small, 'codex-acme')).toMatchObject({
      maxRetries: 0,
      timeout: '3600s',
      serviceAccount: 'sandbox-acme@acme-fleet.iam.gserviceaccount.com',
      executionEnvironment: 'EXECUTION_ENVIRONMENT_GEN2',
    });
    expect(inputs).not.toHaveProperty('binaryAuthorization');
    expect(taskOf(small, 'codex-acme')).not.toHaveProperty('vpcAccess');
  });

  it('names every image by its digest', () => {
    for (const deployed of [small, odd]) {
      const images = ofType(deployed, 'cloudrunv2/job').map(
        ({ inputs }) => containerOf(deployed, String(inputs.name)).image,
      );
      expect(new Set(images)).toEqual(new Set([IMAGE]));
    }
    expect(IMAGE).toMatch(/@sha256:[0-9a-f]{64}$/);
  });

  it('puts what selects ledger, identity and user into the command, which no launch overrides', () => {
    const { commands, args } = containerOf(small, 'codex-acme');
    const flags = PINNED_FLAGS.flatMap((flag) => [`--${flag}`, commands[commands.indexOf(`--${flag}`) + 1]]);

    expect(commands.slice(0, 3)).toEqual(['/usr/local/bin/tini', '--', '/usr/bin/env']);
    expect(commands.slice(3, 7)).toEqual(['-u', 'NODE_OPTIONS', '-u', 'NODE_EXTRA_CA_CERTS']);
    expect(commands.slice(commands.indexOf('/usr/local/bin/node'))).toEqual([
      '/usr/local/bin/node',
      '--disable-sigusr1',
      '/opt/pincast/pincast-sandbox.mjs',
      '--workload-uid',
      '1000',
      ...flags,
    ]);
    expect(flags).toEqual([
      ...['--tenant', 'acme', '--runtime', 'codex', '--pins', 'acme-fleet-pincast-pins'],
      ...['--assignments', 'acme-fleet-pincast-assignments', '--receipts', 'acme-fleet-pincast-receipts'],
    ]);
    expect(PINNED_FLAGS.filter((flag) => args.includes(`--${flag}`))).toEqual([]);
  });

  it('starts what infra/sandbox/Dockerfile puts into the image', () => {
    const dockerfile = readFileSync(join(import.meta.dirname, '../../../sandbox/Dockerfile'), 'utf8');
    const entrypoint: string[] = JSON.parse(/^ENTRYPOINT (\[.*\])$/m.exec(dockerfile)?.[1] ?? '[]');
    const { commands } = containerOf(small, 'codex-acme');

    expect(commands.filter((word) => entrypoint.includes(word))).toEqual(entrypoint);
  });

  it.each([
    ['codex-acme', buildStack],
    ['codex-globex', buildStack],
    ['codex-umbrella', buildOddStack],
  ])('gives %s a command line that the sandbox accepts', async (name, build) => {
    const { commands, args, envs } = containerOf(await deploy(build()), name);
    const flags = commands.slice(commands.indexOf('/opt/pincast/pincast-sandbox.mjs') + 1);
    const env = Object.fromEntries(envs.map((one) => [one.name, one.value]));
    const tenant = name.slice('codex-'.length);
    const bucket = name === 'codex-umbrella' ? 'acme-pc-results' : 'acme-fleet-pincast-results';

    expect(parseOptions([...flags, ...args], { ...env, CLOUD_RUN_EXECUTION: `${name}-x7k2q` }, '/')).toMatchObject({
      mode: { kind: 'pinned', tenant, runtime: 'codex' },
      workloadUser: { uid: 1000, gid: 1000 },
      maxEnvironmentBytes: name === 'codex-umbrella' ? 3_221_225_472 : 2_147_483_648,
      results: { upload: { text: `gs://${bucket}/${tenant}/codex/${name}-x7k2q-0-0.tar.gz` } },
      command: ['serve', '--once'],
    });
  });

  it('gives a job memory for tar, tree and processes, and the CPUs that so much memory needs', () => {
    const limits = (deployed: Deployed, name: string) => containerOf(deployed, name).resources.limits;

    expect(limits(small, 'codex-acme')).toEqual({ cpu: '2', memory: '5Gi' });
    expect(limits(odd, 'codex-acme')).toEqual({ cpu: '2', memory: '7Gi' });
    expect(limits(odd, 'codex-umbrella')).toEqual({ cpu: '4', memory: '12Gi' });
  });

  it('takes time, variables, network and Binary Authorization from the tenant’s own settings', () => {
    expect(job(odd, 'codex-umbrella').inputs.binaryAuthorization).toEqual({ useDefault: true });
    expect(taskOf(odd, 'codex-umbrella')).toMatchObject({
      timeout: '86400s',
      vpcAccess: {
        egress: 'ALL_TRAFFIC',
        networkInterfaces: [{ network: 'vpc', subnetwork: 'sandboxes', tags: ['sandbox'] }],
      },
    });
    expect(containerOf(odd, 'codex-umbrella').envs).toEqual([
      { name: 'PINCAST_MAX_ENVIRONMENT_BYTES', value: '3221225472' },
      { name: 'WORKLOAD_ENV_TEAM', value: 'umbrella' },
    ]);
  });

  it('ignores only what the console and gcloud write into a job themselves', () => {
    expect(job(small, 'codex-acme').ignoreChanges).toEqual(['client', 'clientVersion']);
  });

  it('makes neither job nor account of a tenant whose job exists', () => {
    const accounts = ofType(odd, 'serviceaccount/account').map(({ inputs }) => `${inputs.project} ${inputs.accountId}`);

    expect(ofType(odd, 'cloudrunv2/job').map(({ name }) => name)).not.toContain('job/codex/initech');
    expect(accounts).not.toContain('initech-prod runner');
    expect(parseTenantOf(odd, 'codex', 'initech').job).toBe('projects/initech-prod/locations/europe-west1/jobs/runner');
  });
});

describe('defineAccounts', () => {
  it('gives each tenant one account in each of its projects, and each function its own', () => {
    const accounts = ofType(odd, 'serviceaccount/account').map(({ inputs }) => `${inputs.project} ${inputs.accountId}`);
    const control = ['build', 'fan-out', 'push', 'receipt', 'recheck', 'status'].map(
      (id) => `acme-fleet pincast-${id}`,
    );

    expect(accounts.sort()).toEqual([
      ...control,
      'acme-fleet sandbox-acme',
      'acme-fleet sandbox-umbrella',
      'globex-prod sandbox-globex',
    ]);
  });

  it('waits with a job for its account', () => {
    expect(job(small, 'codex-acme').dependsOn).toContain('account/sandbox-acme@acme-fleet.iam.gserviceaccount.com');
  });
});
