import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type LaunchRequest,
  LaunchRequestError,
  type WorkflowRequest,
} from '#functions/core/sandbox/client/launch-request.ts';
import { planLaunch } from '#functions/core/sandbox/client/plan.ts';
import { parseOptions } from '#functions/core/sandbox/options/parse.ts';

const digest = `sha256:${'a1'.repeat(32)}`;
const job = 'projects/fleet/locations/europe-west1/jobs/sandbox';
const base = { job, environmentTarUrl: 'gs://tars/o/env.tar', environmentTarDigest: digest };
const request: LaunchRequest = { ...base, resultsUploadUrl: 'gs://results/a.tar.gz', command: ['work', '--fast'] };
const workflow: WorkflowRequest = { matchspec: 'elephants>=2', config: { a: 1 } };

/** Paths of all faults; none where the request is accepted. */
function faultsOf(bad: unknown): string[] {
  try {
    planLaunch(bad as LaunchRequest);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(LaunchRequestError);
    expect(error).toMatchObject({ code: 'USAGE' });
    return (error as LaunchRequestError).faults.map(({ path }) => path).sort();
  }
}

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const text = fc.oneof(
  fc.constantFrom('--', '--launch', '-x', '=', '--tenant=t', "a'b $c"),
  fc.string({ unit: 'grapheme', minLength: 1 }).filter((value) => !value.includes('\0')),
);
const segment = fc.stringMatching(/^[a-z0-9][a-z0-9 %?&=-]{0,20}[a-z0-9]$/);
const bucketUrl = segment.map((name) => `gs://bucket/${name}`);
const webUrl = fc.webUrl({ withQueryParameters: true, withFragments: true });
const url = fc.oneof(bucketUrl, webUrl, fc.constant('file:///a%20b.tar'));
const positive = maybe(fc.integer({ min: 1 }));
const results = fc.oneof(
  fc.record({ resultsUploadUrl: url, resultsUrl: maybe(fc.constantFrom('file:///out', 'file:///results')) }),
  fc.record({ dangerouslySkipResultsArchiveUpload: fc.constant(true), resultsUrl: bucketUrl }),
);
const work = fc.oneof(
  fc.record({ command: fc.tuple(text, fc.array(text)).map(([first, rest]) => [first, ...rest]) }),
  fc.record({
    workflow: fc.record({
      matchspec: fc.constantFrom('work', 'conda-forge::work>=1.2,<2', "work[version='>=1']"),
      workflowRunId: maybe(text),
      config: fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }),
      executionMode: maybe(fc.constantFrom('sequential', 'parallel', 'async')),
      mockIo: maybe(fc.boolean()),
      otelExporter: maybe(text),
      otelConsoleExporterDst: maybe(text),
    }),
  }),
);
const rest = fc.record({
  environmentTarUrl: url,
  environmentTarDigest: fc.stringMatching(/^[0-9a-fA-F]{64}$/).map((hex) => `sha256:${hex}`),
  workDir: maybe(text.filter((path) => !path.includes(':'))),
  maxEnvironmentBytes: positive,
  timeoutSeconds: maybe(fc.integer({ min: 1, max: 604_800 })),
  resultsEnvVar: maybe(fc.constantFrom('OUT', '_x1')),
  launch: maybe(fc.constantFrom('run', 'verify')),
});
const requests = fc.tuple(rest, results, work).map((parts) => Object.assign({ job }, ...parts) as LaunchRequest);

function expectedCommand({ command, workflow: given }: LaunchRequest): unknown[] {
  if (given === undefined) return [...(command ?? [])];
  const { config, executionMode = 'sequential', mockIo, otelExporter, otelConsoleExporterDst } = given;
  return [
    ...['work', 'run', '--config-json', JSON.stringify(config), '--execution-mode', executionMode],
    mockIo ? '--mock-io' : '--no-mock-io',
    ...(otelExporter === undefined ? [] : ['--otel-exporter', otelExporter]),
    ...(otelConsoleExporterDst === undefined ? [] : ['--otel-console-exporter-dst', otelConsoleExporterDst]),
  ];
}

describe('planLaunch', () => {
  it('writes a request with the sandbox’s own flags, the digest right after its URL', () => {
    expect(planLaunch(request)).toEqual({
      job,
      args: [
        ...['--environment-tar-url', 'gs://tars/o/env.tar', '--environment-tar-digest', digest],
        ...['--results-upload-url', 'gs://results/a.tar.gz', '--', 'work', '--fast'],
      ],
      exposures: [],
    });
  });

  it('writes arguments that the sandbox parses as the same request, for every valid request', () => {
    fc.assert(
      fc.property(requests, (given) => {
        const options = parseOptions(planLaunch(given).args, {}, '/');
        const { mode, launch, maxEnvironmentBytes, timeoutSeconds, command } = options;
        expect(mode).toMatchObject({
          kind: 'direct',
          url: { text: given.environmentTarUrl },
          digest: given.environmentTarDigest.toLowerCase(),
        });
        expect({ launch, timeoutSeconds }).toEqual({
          launch: given.launch ?? 'run',
          timeoutSeconds: given.timeoutSeconds ?? null,
        });
        expect(maxEnvironmentBytes).toBe(given.maxEnvironmentBytes ?? 10 * 1024 ** 3);
        expect(options.workDir).toBe(resolve('/', given.workDir ?? '/workspace'));
        expect(options.results).toMatchObject({
          url: given.resultsUrl ?? 'file:///results',
          envVar: given.resultsEnvVar ?? 'WT_RESULTS',
        });
        expect(options.results.upload?.text).toBe(given.resultsUploadUrl);
        expect(command).toEqual(expectedCommand(given));
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['no digest', { ...request, environmentTarDigest: undefined }, ['environmentTarDigest']],
    ['a digest of 63 digits', { ...request, environmentTarDigest: digest.slice(0, -1) }, ['environmentTarDigest']],
    ['another algorithm', { ...request, environmentTarDigest: `md5:${'a'.repeat(32)}` }, ['environmentTarDigest']],
    ['an empty digest', { ...request, environmentTarDigest: '' }, ['environmentTarDigest']],
    ['no URL', { ...request, environmentTarUrl: undefined }, ['environmentTarUrl']],
    ['a URL of another scheme', { ...request, environmentTarUrl: 's3://b/o' }, ['environmentTarUrl']],
    ['a job’s short name', { ...request, job: 'sandbox' }, ['job']],
    ['a region that is a host', { ...request, job: 'projects/p/locations/evil.example:1?/jobs/j' }, ['job']],
    ['an execution for a job', { ...request, job: `${job}/executions/e` }, ['job']],
    ['neither upload nor skip', { ...base, command: ['work'] }, ['resultsUploadUrl']],
    [
      'upload and skip',
      { ...request, resultsUrl: 'gs://b/o', dangerouslySkipResultsArchiveUpload: true },
      ['dangerouslySkipResultsArchiveUpload', 'resultsUrl'],
    ],
    [
      'a skip with the default results URL',
      { ...base, command: ['x'], resultsUrl: 'file:///results', dangerouslySkipResultsArchiveUpload: true },
      ['dangerouslySkipResultsArchiveUpload'],
    ],
    ['workflow and command', { ...request, workflow }, ['workflow.matchspec']],
    ['neither workflow nor command', { ...request, command: undefined }, ['command']],
    ['an empty command', { ...request, command: [] }, ['command']],
    ['a NUL in the command', { ...request, command: ['a', 'b\0c'] }, ['command.1']],
    ['half a surrogate pair', { ...request, workDir: '/\ud800' }, ['workDir']],
    ['too many arguments', { ...request, command: Array(1_000).fill('x') }, ['command']],
    ['a half byte', { ...request, maxEnvironmentBytes: 0.5 }, ['maxEnvironmentBytes']],
    ['no time', { ...request, timeoutSeconds: 0 }, ['timeoutSeconds']],
    ['more than a week', { ...request, timeoutSeconds: 604_801 }, ['timeoutSeconds']],
    ['a misspelt option', { ...request, resultUrl: 'gs://b/o' }, ['resultUrl']],
    ['a word that is none', { ...request, command: ['work', 7] }, ['command.1']],
    [
      'a configuration in YAML',
      { ...request, command: undefined, workflow: { ...workflow, config: 'a: 1' } },
      ['workflow.config'],
    ],
    [
      'a configuration no JSON can say',
      { ...request, command: undefined, workflow: { ...workflow, config: { a: 1n } } },
      ['workflow.config'],
    ],
    [
      'another mode',
      { ...request, command: undefined, workflow: { ...workflow, executionMode: 'x' } },
      ['workflow.executionMode'],
    ],
    ['nothing at all', null, ['']],
  ])('refuses %s', (_title, bad, paths) => {
    expect(faultsOf(bad)).toEqual(paths);
  });

  it('names every issue at once, wrong types included', () => {
    const workflowed = { matchspec: 3, config: [], executionMode: 'x' };
    const bad = { job: 'x', environmentTarUrl: 5, environmentTarDigest: 'x', timeoutSeconds: -1, workflow: workflowed };
    const paths = ['environmentTarDigest', 'environmentTarUrl', 'job', 'resultsUploadUrl', 'timeoutSeconds'];
    expect(faultsOf(bad)).toEqual([...paths, 'workflow.config', 'workflow.executionMode', 'workflow.matchspec']);
  });

  it('repeats no signature in an issue', () => {
    const bad = { ...request, environmentTarUrl: 'ftp://u:hush@h/o?X-Goog-Signature=hush', workDir: '' };
    expect(() => planLaunch(bad)).toThrow(/environmentTarUrl: expected a gs:.*; workDir: /);
    expect(() => planLaunch(bad)).not.toThrow(/hush/);
  });

  it.each([
    ['https://h/o?X-Goog-Signature=hush&x=1', 'https://h/o?REDACTED'],
    ['https://h/o?X-Amz-Signature=hush', 'https://h/o?REDACTED'],
    ['https://h/o?Signature=hush', 'https://h/o?REDACTED'],
    ['https://h/o?x=1&sig=hush', 'https://h/o?REDACTED'],
    ['https://h/o?token=hush', 'https://h/o?REDACTED'],
    ['https://h/o?X%2DGoog%2DSignature=hush', 'https://h/o?REDACTED'],
    ['https://user:hu@sh@h/o', 'https://REDACTED@h/o'],
  ])('names the secret that %s exposes, without showing it', (signed, url) => {
    const given = { ...request, environmentTarUrl: signed, resultsUploadUrl: signed };
    const shown = [
      { path: 'environmentTarUrl', url },
      { path: 'resultsUploadUrl', url },
    ];
    expect(planLaunch(given).exposures).toEqual(shown);
    expect(planLaunch(given).args).toContain(signed);
  });

  it('shows nothing of a command or a configuration that exposes a secret', () => {
    const signed = 'https://h/o?sig=hush';
    const configured = { ...request, command: undefined, workflow: { ...workflow, config: { from: signed } } };
    expect(planLaunch(configured).exposures).toEqual([{ path: 'workflow.config', url: null }]);
    const commanded = { ...request, command: ['work', `--from=${signed}`] };
    expect(planLaunch(commanded).exposures).toEqual([{ path: 'command.1', url: null }]);
  });
});
