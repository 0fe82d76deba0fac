import { describe, expect, it } from 'vitest';
import {
  REMOVED_BEFORE_START,
  refusedVariables,
  workloadVariables,
} from '#functions/core/sandbox/environment-allow-list.ts';
import { FLAGS } from '#functions/core/sandbox/options/flags.ts';
import { parseOptions } from '#functions/core/sandbox/options/parse.ts';
import { pinnedCommand } from '#functions/core/sandbox/pinned-command.ts';

/** What a container of a Cloud Run job has, in an image of Node. */
const CONTAINER = {
  PATH: '/usr/bin',
  HOME: '/root',
  HOSTNAME: 'localhost',
  NODE_VERSION: '24.21.0',
  CLOUD_RUN_JOB: 'acme',
  CLOUD_RUN_EXECUTION: 'acme-x1',
  CLOUD_RUN_TASK_INDEX: '0',
  CLOUD_RUN_TASK_ATTEMPT: '0',
  CLOUD_RUN_TASK_COUNT: '1',
};

describe('refusedVariables', () => {
  it('accepts Cloud Run’s variables, the flags’ twins and the workload’s own', () => {
    const twins = Object.values(FLAGS).flatMap(({ env }) => (env === null ? [] : [[env, 'x']]));
    const env = { ...CONTAINER, ...Object.fromEntries(twins), WORKLOAD_ENV_LD_PRELOAD: 'x', WORKLOAD_ENV_A: 'x' };
    expect(refusedVariables(env)).toEqual([]);
  });

  it.each([
    ...REMOVED_BEFORE_START,
    ...['LOCALDOMAIN', 'RES_OPTIONS', 'HOSTALIASES', 'SSL_CERT_FILE', 'NODE_TLS_REJECT_UNAUTHORIZED', 'NODE_DEBUG'],
    ...['STORAGE_EMULATOR_HOST', 'GCE_METADATA_HOST', 'GOOGLE_APPLICATION_CREDENTIALS', 'CLOUDSDK_CONFIG'],
    ...['GOOGLE_SDK_NODE_LOGGING', 'https_proxy', 'HTTPS_PROXY', 'ALL_PROXY', 'path', 'TMPDIR', 'GRPC_TRACE', 'X'],
  ])('refuses %s', (name) => {
    expect(refusedVariables({ ...CONTAINER, [name]: '1' })).toEqual([name]);
  });
});

describe('parseOptions with a refused variable', () => {
  const pinned = '--tenant acme --runtime codex --pins p-s --assignments a-s --receipts r-s'.split(' ');

  it('names every refused variable at once, and no value', () => {
    const env = { ...CONTAINER, NODE_DEBUG: 's3cret', RES_OPTIONS: 's3cret', 'X\nY': 's3cret' };
    const run = () => parseOptions([...pinned, '--', 'work'], env, '/');
    expect(run).toThrow(expect.objectContaining({ code: 'USAGE', exitCode: 64 }));
    expect(run).toThrow(/"NODE_DEBUG", "RES_OPTIONS", "X\\nY"/);
    expect(run).not.toThrow(/s3cret/);
  });

  it('ignores a direct run’s variables', () => {
    const direct = `--environment-tar-url file:///x --environment-tar-digest sha256:${'0'.repeat(64)} --launch verify`;
    expect(parseOptions(direct.split(' '), { NODE_DEBUG: 'http' }, '/').mode.kind).toBe('direct');
  });
});

describe('workloadVariables', () => {
  it('renames the workload’s own variables, and passes no signed URL', () => {
    const env = {
      ...CONTAINER,
      RESULTS_UPLOAD_URL: 'https://h/o?sig=s3cret',
      ENVIRONMENT_TAR_URL: 'https://h/e?sig=s3cret',
      WORKLOAD_ENV_NODE_OPTIONS: '--max-old-space-size=99',
      WORKLOAD_ENV_: 'nameless',
    };
    expect(workloadVariables(env, undefined)).toEqual({ ...CONTAINER, NODE_OPTIONS: '--max-old-space-size=99' });
  });

  it('sets another user’s HOME and name only for a workload that runs as that user', () => {
    const env = { HOME: '/root', USER: 'root', LOGNAME: 'root' };
    expect(workloadVariables(env, undefined)).toEqual(env);
    expect(workloadVariables(env, '/workspace')).toEqual({ HOME: '/workspace' });
    expect(workloadVariables({ ...env, WORKLOAD_ENV_HOME: '/h' }, '/workspace')).toEqual({ HOME: '/h' });
  });
});

describe('pinnedCommand', () => {
  const buckets = { pins: 'p-s', assignments: 'a-s', receipts: 'r-s' };
  const command = pinnedCommand({
    init: ['/usr/bin/tini', '--'],
    node: '/usr/local/bin/node',
    entrypoint: '/opt/pincast/pincast-sandbox.mjs',
    path: '/usr/bin',
    workloadUid: 1000,
    tenant: 'acme',
    runtime: 'codex',
    ...buckets,
  });

  it('starts by absolute paths, removes startup variables, and disables the debugger', () => {
    const node = command.indexOf('/usr/local/bin/node');
    expect(command.slice(0, 3)).toEqual(['/usr/bin/tini', '--', '/usr/bin/env']);
    for (const name of REMOVED_BEFORE_START) expect(command[command.indexOf(name) - 1]).toBe('-u');
    expect(command.slice(node - 2, node)).toEqual(['PATH=/usr/bin', 'HOME=/nonexistent']);
    expect(command[node + 1]).toBe('--disable-sigusr1');
  });

  it('pinnedCommand writes a command line that the sandbox accepts and a run cannot change', () => {
    const flags = command.slice(command.indexOf('--workload-uid'));
    const options = parseOptions([...flags, '--', 'work'], CONTAINER, '/');
    expect(options).toMatchObject({ mode: { tenant: 'acme', ...buckets }, workloadUser: { uid: 1000, gid: 1000 } });
    for (const added of ['--workload-uid=1', '--workload-gid=1', '--storage-endpoint=http://x', '--pins=evil']) {
      expect(() => parseOptions([...flags, added, '--', 'work'], CONTAINER, '/')).toThrow(added.split('=')[0]);
    }
  });
});
