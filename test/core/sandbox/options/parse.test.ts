import { describe, expect, it } from 'vitest';
import { parseOptions } from '#functions/core/sandbox/options/parse.ts';
import type { SandboxOptions } from '#functions/core/sandbox/options/types.ts';

const DIGEST = `sha256:${'AB'.repeat(32)}`;
const direct = ['--environment-tar-url', 'file:///a%20b.tar', '--environment-tar-digest', DIGEST];
const skip = ['--dangerously-skip-results-archive-upload', '--results-url', 'gs://bkt/o'];
const pinned = ['--tenant', 'acme', '--runtime', 'codex', '--pins', 'p-s', '--assignments', 'a-s', '--receipts', 'r-s'];
const execution = { CLOUD_RUN_EXECUTION: 'job-x1' };

const parse = (argv: string[], env = {}): SandboxOptions => parseOptions(argv, env, '/here');

function faultsOf(argv: string[], env = {}): string[] {
  try {
    parse(argv, env);
    return [];
  } catch (error) {
    expect(error).toMatchObject({ code: 'USAGE', exitCode: 64 });
    return (error as { evidence: { faults: string[] } }).evidence.faults;
  }
}

describe('parseOptions', () => {
  it('reads a direct run, with its defaults', () => {
    expect(parse([...direct, ...skip, '--', 'work', '--tenant', 'x'])).toEqual({
      mode: {
        kind: 'direct',
        url: { kind: 'file', text: 'file:///a%20b.tar', path: '/a b.tar' },
        digest: DIGEST.toLowerCase(),
      },
      launch: 'run',
      taskCount: 1,
      workloadUser: null,
      storageEndpoint: null,
      workDir: '/workspace',
      maxEnvironmentBytes: 10 * 1024 ** 3,
      timeoutSeconds: null,
      results: { url: 'gs://bkt/o', envVar: 'WT_RESULTS', upload: null },
      command: ['work', '--tenant', 'x'],
    });
  });

  it('reads a pinned run and what its launch claims', () => {
    const env = { ...execution, PINCAST_LAUNCH_ID: 'l1', PINCAST_REVISION: '7', ENVIRONMENT_TAR_DIGEST: DIGEST };
    expect(parse([...pinned, '--', 'work'], env).mode).toEqual({
      kind: 'pinned',
      tenant: 'acme',
      runtime: 'codex',
      pins: 'p-s',
      assignments: 'a-s',
      receipts: 'r-s',
      claims: { launchId: 'l1', revision: 7, url: null, digest: DIGEST.toLowerCase() },
      task: { execution: 'job-x1', index: 0, attempt: 0 },
    });
  });

  it('prefers flags to their env twins', () => {
    const env = { PINCAST_TIMEOUT: '5', PINCAST_WORK_DIR: '/env', RESULTS_ENV_VAR: 'ENV' };
    const options = parse([...direct, ...skip, '--timeout=9', '--work-dir', 'w', '--', 'x'], env);
    expect(options).toMatchObject({ timeoutSeconds: 9, workDir: '/here/w', results: { envVar: 'ENV' } });
  });

  it('names every issue at once', () => {
    const faults = faultsOf([
      '--timeout',
      '0',
      '--launch=none',
      '--nonsense',
      'stray',
      '--environment-tar-url',
      'ftp://x',
    ]);
    expect(faults).toEqual([
      '--nonsense: unknown flag',
      'unexpected "stray": a command follows --',
      '--environment-tar-url: expected a gs://, https://, http:// or file:// URL, got "ftp://x"',
      '--environment-tar-digest: is required wherever a URL is given',
      '--launch: expected run or verify, got "none"',
      '--timeout: expected a whole number above 0, got "0"',
      '--results-upload-url: is required, unless --dangerously-skip-results-archive-upload is given',
      'nothing to run: a command follows --, or --matchspec names a workflow',
    ]);
  });

  it('names 50 of 1,000 issues, so that a log takes the line', () => {
    const faults = faultsOf(Array.from({ length: 1_000 }, (_, index) => `--x${index}${'x'.repeat(5_000)}`));
    expect(faults.at(-1)).toBe('and 954 more issues');
    expect(Buffer.byteLength(JSON.stringify(faults))).toBeLessThan(256 * 1024);
  });

  it.each([
    ['63 digits', `sha256:${'a'.repeat(63)}`, '63 characters'],
    ['65 digits', `sha256:${'a'.repeat(65)}`, '65 characters'],
    ['another algorithm', `sha512:${'a'.repeat(64)}`, 'sha512'],
    ['the algorithm in upper case', `SHA256:${'a'.repeat(64)}`, 'SHA256'],
    ['nothing', '', 'an empty value'],
  ])('refuses a digest of %s, and names what it got', (_what, digest, got) => {
    const [fault] = faultsOf([
      '--environment-tar-url=file:///x',
      `--environment-tar-digest=${digest}`,
      ...skip,
      '--',
      'x',
    ]);
    expect(fault).toContain('--environment-tar-digest');
    expect(fault).toContain(got);
  });

  it('never takes a pinned-mode flag from the environment', () => {
    const env = {
      ...execution,
      TENANT: 'x',
      PINCAST_TENANT: 'x',
      RUNTIME: 'x',
      PINS: 'x',
      STORAGE_ENDPOINT: 'http://x',
    };
    expect(parse([...direct, ...skip, '--', 'x'], env)).toMatchObject({
      mode: { kind: 'direct' },
      storageEndpoint: null,
    });
  });

  it.each(pinned.filter((word) => word.startsWith('--')))('refuses a pinned run without %s', (flag) => {
    const at = pinned.indexOf(flag);
    expect(faultsOf([...pinned.toSpliced(at, 2), ...direct, '--', 'x'], execution)).toEqual([
      `${flag}: is missing; pinned mode needs all of its flags`,
    ]);
  });

  it.each(pinned.filter((word) => word.startsWith('--')))('refuses to take %s twice', (flag) => {
    expect(faultsOf([...pinned, `${flag}=other`, '--', 'x'], execution)[0]).toContain(`${flag}: is given twice`);
  });

  it.each([
    ['../globex/x', 'expected the name of an execution'],
    ['', 'is not set'],
  ])('refuses the execution %j, because receipts are named for it', (name, fault) => {
    expect(faultsOf([...pinned, '--', 'x'], { CLOUD_RUN_EXECUTION: name }).join()).toContain(fault);
  });

  it.each(['--workload-uid=0', '--workload-uid=-1', '--workload-uid=root', '--workload-uid=4294967295'])(
    'refuses %s as the workload’s user',
    (flag) => {
      expect(faultsOf([...direct, ...skip, flag, '--', 'x'])[0]).toContain('expected a number from 1 to 4294967294');
    },
  );

  it('takes the user’s number as group number by default', () => {
    const user = (args: string[]) => parse([...direct, ...skip, ...args, '--', 'x']).workloadUser;
    expect(user(['--workload-uid=7'])).toEqual({ uid: 7, gid: 7 });
    expect(user(['--workload-uid=7', '--workload-gid=8'])).toEqual({ uid: 7, gid: 8 });
    expect(faultsOf([...direct, ...skip, '--workload-gid=8', '--', 'x'])).toEqual([
      '--workload-gid: requires --workload-uid',
    ]);
  });

  it.each(['--workload-uid=7', '--workload-gid=7', '--storage-endpoint=http://x'])(
    'refuses %s behind the pinned-mode flags, where a run could add it',
    (flag) => {
      expect(faultsOf([...pinned, flag, '--', 'x'], execution)[0]).toContain('must stand before the last');
    },
  );

  it('refuses a work dir whose path would split PATH', () => {
    expect(faultsOf([...direct, ...skip, '--work-dir=/a:b', '--', 'x'])[0]).toContain('a path without ":"');
  });

  it.each<[string, string[], string]>([
    ['no upload', [], 'is required, unless'],
    ['both', [...skip, '--results-upload-url', 'gs://bkt/o'], 'exclude each other'],
    ['a skip with the default URL', ['--dangerously-skip-results-archive-upload'], 'that is not the default'],
    [
      'an upload of no folder',
      ['--results-upload-url=gs://bkt/o', '--results-url=gs://bkt/p'],
      'must be a file:// URL',
    ],
  ])('refuses %s for the results of a direct run', (_what, args, fault) => {
    expect(faultsOf([...direct, ...args, '--', 'x']).join()).toContain(fault);
  });

  it('shows no signature of a refused URL', () => {
    const faults = faultsOf(['--environment-tar-url=ftp://h/x?X-Goog-Signature=s3cret', ...direct.slice(2), ...skip]);
    expect(faults.join()).not.toContain('s3cret');
  });

  it('requires a value for a flag that needs one', () => {
    expect(faultsOf(['--tenant', '--runtime', 'codex'], execution)[0]).toContain('--tenant: needs a value');
  });
});

describe('the workflow preset', () => {
  const workflow = [
    ...direct,
    ...skip,
    '--matchspec',
    'https://repo/x::my-workflow>=1.2,<2',
    '--config-json',
    '{"a": 1}',
  ];
  const command = (args: string[], env = {}) => parse([...workflow, ...args], env).command;

  it('writes the command line of the matchspec’s package', () => {
    expect(command(['--execution-mode', 'async', '--mock-io', '--otel-exporter', 'console'])).toEqual([
      'my-workflow',
      'run',
      '--config-json',
      '{"a": 1}',
      ...'--execution-mode async --mock-io --otel-exporter console'.split(' '),
    ]);
    expect(command([]).slice(-3)).toEqual(['--execution-mode', 'sequential', '--no-mock-io']);
    expect(command([], { EXECUTION_MODE: 'sequential', MOCK_IO: 'false' }).slice(-3)).toEqual([
      '--execution-mode',
      'sequential',
      '--no-mock-io',
    ]);
  });

  it.each([
    ['name', 'name'],
    ['name==1.0', 'name'],
    ['name 1.0 py_0', 'name'],
    ["conda-forge/linux-64::my.name[version='>=1']", 'my.name'],
    ['name~=1.0', 'name'],
  ])('finds the package of %j', (matchspec, name) => {
    expect(command(['--matchspec', matchspec, '--execution-mode=async'])[0]).toBe(name);
  });

  it.each<[string, string[], string]>([
    ['no configuration', ['--config-json='], '--config-json: expected'],
    ['an unknown execution mode', ['--execution-mode=fast'], 'expected sequential or parallel or async'],
    ['a config that is not readable', ['--execution-mode=async', '--config-json=}'], '--config-json: expected'],
    ['both ways of IO', ['--execution-mode=async', '--mock-io', '--no-mock-io'], 'exclude each other'],
    ['a matchspec without a name', ['--execution-mode=async', '--matchspec=>=1'], '--matchspec: expected'],
    ['a command beside it', ['--execution-mode=async', '--', 'x'], 'exclude each other'],
  ])('refuses %s', (_what, args, fault) => {
    expect(faultsOf([...workflow, ...args]).join()).toContain(fault);
  });

  it('refuses workflow flags without a matchspec', () => {
    expect(faultsOf([...direct, ...skip, '--config-json', '{}', '--', 'x']).join()).toContain(
      '--config-json: is for a workflow: give --matchspec too',
    );
    expect(parse([...direct, ...skip, '--', 'x'], { MOCK_IO: 'true', CONFIG_JSON: '{}' }).command).toEqual(['x']);
  });
});
