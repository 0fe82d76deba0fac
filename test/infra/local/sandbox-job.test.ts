import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseOptions } from '#functions/core/sandbox/options/parse.ts';
import { sandboxJob } from '../../../infra/local/provision/sandbox-job.ts';
import { temporaryFolder } from '../../fixtures/archives/temporary-folder.ts';

const job = () =>
  sandboxJob({
    runtime: 'codex',
    tenant: 'acme',
    storageEndpoint: 'http://127.0.0.1:4443',
    compileCache: '/tmp/a "cache"',
    workload: ['work', '--fast'],
  });

describe('sandboxJob', () => {
  it('returns a job with the pinned mode as command and the workload as arguments', () => {
    const { command, args } = job();
    const flags = command.slice(command.indexOf('--storage-endpoint'));
    const options = parseOptions([...flags, ...args], { CLOUD_RUN_EXECUTION: 'codex-acme-1' }, '/container');
    expect(options).toMatchObject({
      mode: { kind: 'pinned', tenant: 'acme', runtime: 'codex', pins: 'pincast-pins' },
      storageEndpoint: 'http://127.0.0.1:4443',
      workDir: '/container/workspace',
      command: ['work', '--fast'],
    });
  });

  it('finds pixi-unpack in the user’s PATH, behind the container’s own directories', () => {
    const bin = join(temporaryFolder(), 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'pixi-unpack'), '', { mode: 0o755 });
    const { PATH } = process.env;
    onTestFinished(() => {
      process.env.PATH = PATH;
    });
    process.env.PATH = `relative:${bin}:/nowhere`;
    const path = job().command.find((word) => word.startsWith('PATH='));
    expect(path?.split(':').at(-1)).toBe(bin);
    expect(path?.split(':')[0]).toBe('PATH=/usr/local/sbin');
  });
});
