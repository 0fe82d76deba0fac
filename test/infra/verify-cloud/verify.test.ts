import { startPubsub } from '@pincast/emulators/pubsub';
import { startRun } from '@pincast/emulators/run';
import { startStorage } from '@pincast/emulators/storage';
import { describe, expect, it, onTestFinished } from 'vitest';
import { storageClient } from '#functions/google/storage/client.ts';
import { exitCodeOf, formatLines, formatTable } from '../../../infra/verify-cloud/report.ts';
import { verify } from '../../../infra/verify-cloud/verify.ts';
import { buildIo } from './build-io.ts';

/** Emulators that run already, and the flags that name them. */
async function startServers() {
  const [storage, pubsub, run] = await Promise.all([startStorage(), startPubsub(), startRun()]);
  onTestFinished(async () => {
    await Promise.all([storage.close(), pubsub.close(), run.close()]);
  });
  const flags = ['--storage-endpoint', storage.endpoint, '--pubsub-endpoint', pubsub.endpoint];
  return { client: storageClient(storage.endpoint, 'scratch-1'), flags: [...flags, '--run-endpoint', run.endpoint] };
}

describe('verify', () => {
  it.each([
    [[], /--project is required; --region is required/],
    [['--project', '123456789', '--region', 'europe-west1'], /expected an id such as my-scratch-1, not a number/],
    [
      ['--local', '--only', 'run-overrides,run-nothing'],
      /--only: expected ids of checks, got run-nothing; --list shows all \d+/,
    ],
    [['--local', '--image', 'node:24'], /an image with its digest/],
    [['--storage-endpoint', 'http://127.0.0.1:1'], /are given together/],
    [['--local', '--fast'], /unknown option '--fast'/],
  ])('ends with 2 for the arguments %j', async (argv, message) => {
    const io = buildIo();
    expect(await verify(argv, io)).toBe(2);
    expect(io.stderr.join('')).toMatch(message);
    expect(io.stdout).toEqual([]);
  });

  it('lists every check with its title in 80 columns', async () => {
    const io = buildIo();
    expect(await verify(['--list'], io)).toBe(0);
    const lines = io.stdout.join('').split('\n');
    expect(lines[0]).toMatch(/^run-overrides {13}answers about an execution/);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });

  it('explains its exit codes in its help', async () => {
    const io = buildIo();
    expect(await verify(['--help'], io)).toBe(0);
    expect(io.stdout.join('')).toContain('Exit code: 0 all hold, 1 one differs, 2 usage or refused, 3 none differs');
  });

  it.each(['pincast-pins', 'acme-assignments'])(
    'refuses a project whose bucket %s belongs to a deployment',
    async (name) => {
      const { client, flags } = await startServers();
      await client.createBucket(name);
      if (!name.includes('pincast')) await client.bucket(name).file('guard.json').save('{}', { resumable: false });
      const io = buildIo();
      expect(await verify([...flags, '--yes'], io)).toBe(2);
      expect(io.stderr.join('')).toContain(`holds a deployment of Pincast (bucket ${name})`);
      expect((await client.getBuckets())[0].map((bucket) => bucket.name)).toEqual([name]);
    },
  );

  it('plans in 80 columns, and tells a terminal of each check that it can decide', async () => {
    const { flags } = await startServers();
    const only = 'storage-metadata,iam-absent-object-listed,iam-job-run';
    const io = buildIo({ isTerminal: true });
    expect(await verify([...flags, '--yes', '--only', only], io)).toBe(3);
    const lines = io.stderr.join('').split('\n');
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(lines).toContain('  storage-metadata          a bucket, 1 object');
    expect(lines.filter((line) => / of \d+ {2}/.test(line))).toEqual([
      expect.stringMatching(/^1 of 1 {2}holds {4}storage-metadata, \d+\.\d s$/),
    ]);
  });

  it('creates nothing without --yes where there is no terminal', async () => {
    const { client, flags } = await startServers();
    const io = buildIo();
    expect(await verify([...flags, '--only', 'storage-metadata'], io)).toBe(2);
    expect(io.stderr.join('')).toMatch(
      /storage-metadata +a bucket, 1 object[\s\S]*needs --yes[\s\S]*Nothing was created/,
    );
    expect((await client.getBuckets())[0]).toEqual([]);
  });

  it.each([
    [0, 'scratch-1'],
    [2, 'yes'],
  ])('asks for the project and ends with %i after the answer %j', async (code, answer) => {
    const { flags } = await startServers();
    const argv = [...flags, '--project', 'scratch-1', '--only', 'storage-metadata'];
    const io = buildIo({ ask: async () => answer });
    expect(await verify(argv, io)).toBe(code);
    expect(io.stdout.join('')).toBe(code === 0 ? 'holds\tstorage-metadata\t7168 of 7168 bytes in the list\n' : '');
  });
});

const result = (state: 'holds' | 'differs' | 'unknown', id: string, observed: string) => ({
  ...{ state, id, observed },
  ...{ title: 'a', seconds: 1 },
});
const RESULTS = [
  result('differs', 'run-limit', 'x'.repeat(100)),
  result('unknown', 'iam-absent-object-listed', 'the emulator has no IAM'),
  result('holds', 'run-overrides', 'word '.repeat(30).trim()),
  result('unknown', 'iam-job-run', 'the emulator has no IAM'),
];

describe('the report', () => {
  it('a table fits 80 columns and ends with what differs and the counts', () => {
    expect(formatTable({ results: RESULTS })).toBe(
      [
        'VERDICT  CHECK                     OBSERVED',
        'holds    run-overrides             word word word word word word word word word',
        '                                   word word word word word word word word word',
        '                                   word word word word word word word word word',
        '                                   word word word',
        'unknown  iam-absent-object-listed  the emulator has no IAM',
        '         iam-job-run',
        `differs  run-limit                 ${'x'.repeat(45)}`,
        `                                   ${'x'.repeat(45)}`,
        `                                   ${'x'.repeat(10)}`,
        '4 checks: 1 hold, 2 unknown, 1 differ (exit code 1)',
      ].join('\n'),
    );
  });

  it('a pipe gets one line for each check', () => {
    expect(formatLines({ results: RESULTS }).split('\n')).toHaveLength(4);
  });

  it('a difference decides the exit code before an unknown verdict', () => {
    expect(exitCodeOf([{ state: 'holds' }])).toBe(0);
    expect(exitCodeOf([{ state: 'unknown' }, { state: 'holds' }])).toBe(3);
    expect(exitCodeOf([{ state: 'unknown' }, { state: 'differs' }])).toBe(1);
  });
});
