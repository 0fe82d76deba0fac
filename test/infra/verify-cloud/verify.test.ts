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
    [['--local', '--only', 'run-overrides,run-nothing'], /--only: run-nothing is no check/],
    [['--local', '--image', 'node:24'], /an image with its digest/],
    [['--storage-endpoint', 'http://127.0.0.1:1'], /are given together/],
    [['--local', '--fast'], /unknown option '--fast'/],
  ])('ends with 2 for the arguments %j', async (argv, message) => {
    const io = buildIo();
    expect(await verify(argv, io)).toBe(2);
    expect(io.stderr.join('')).toMatch(message);
    expect(io.stdout).toEqual([]);
  });

  it('lists every check with its title', async () => {
    const io = buildIo();
    expect(await verify(['--list'], io)).toBe(0);
    expect(io.stdout.join('')).toMatch(/^run-overrides {11}answers about an execution/);
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

const RESULTS = [
  { id: 'run-overrides', title: 'a', state: 'holds' as const, observed: 'word '.repeat(30).trim(), seconds: 1 },
  { id: 'run-limit', title: 'b', state: 'differs' as const, observed: 'x'.repeat(100), seconds: 1 },
];

describe('the report', () => {
  it('a table fits 80 columns and counts the verdicts', () => {
    const lines = formatTable({ results: RESULTS }).split('\n');
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(lines[0]).toBe('VERDICT  CHECK                  OBSERVED');
    expect(lines.at(-1)).toBe('2 checks: 1 hold, 1 differ, 0 unknown');
  });

  it('a pipe gets one line for each check', () => {
    expect(formatLines({ results: RESULTS }).split('\n')).toHaveLength(2);
  });

  it('a difference decides the exit code before an unknown verdict', () => {
    expect(exitCodeOf([{ state: 'holds' }])).toBe(0);
    expect(exitCodeOf([{ state: 'unknown' }, { state: 'holds' }])).toBe(3);
    expect(exitCodeOf([{ state: 'unknown' }, { state: 'differs' }])).toBe(1);
  });
});
