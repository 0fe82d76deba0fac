import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '#functions/core/config.ts';
import { expectToThrowWithCode } from '../match/to-throw-with-code.ts';

const required = {
  PINCAST_PROJECT: 'fleet',
  PINCAST_PINS_BUCKET: 'pins',
  PINCAST_ASSIGNMENTS_BUCKET: 'assignments',
  PINCAST_CONTROL_BUCKET: 'control',
  PINCAST_RECEIPTS_BUCKET: 'receipts',
  PINCAST_RESULTS_BUCKET: 'results',
  PINCAST_ENVIRONMENTS_BUCKETS: 'one, two',
};

describe('readConfig', () => {
  it('requires buckets and project, and has defaults for the rest', () => {
    expect(readConfig(required)).toEqual({
      project: 'fleet',
      buckets: {
        pins: 'pins',
        assignments: 'assignments',
        control: 'control',
        receipts: 'receipts',
        results: 'results',
        environments: ['one', 'two'],
      },
      endpoints: {},
      runsPerMinute: 180,
      maxRunning: 1_000,
      maxEnvironmentBytes: 8 * 1024 ** 3,
      functionSeconds: 480,
      orphansSeconds: 3_600,
      recheckStaleSeconds: 120,
      retry: { maxAttempts: 5, firstDelaySeconds: 10, maxDelaySeconds: 600, claimSeconds: 30, claimMarginSeconds: 30 },
    });
  });

  it('reads every variable', () => {
    const config = readConfig({
      ...required,
      PINCAST_RUNS_PER_MINUTE: '6000',
      PINCAST_MAX_ENVIRONMENT_BYTES: '1',
      PINCAST_FUNCTION_SECONDS: '2',
      PINCAST_MAX_LAUNCH_ATTEMPTS: '3',
      PINCAST_RETRY_FIRST_SECONDS: '4',
      PINCAST_CLAIM_SECONDS: '5',
      PINCAST_CLAIM_MARGIN_SECONDS: '6',
      PINCAST_STORAGE_ENDPOINT: 'http://127.0.0.1:1',
      PINCAST_RUN_ENDPOINT: '127.0.0.1:2',
    });
    expect(config).toMatchObject({
      runsPerMinute: 6000,
      maxEnvironmentBytes: 1,
      functionSeconds: 2,
      retry: { maxAttempts: 3, firstDelaySeconds: 4, claimSeconds: 5, claimMarginSeconds: 6 },
      endpoints: { storage: 'http://127.0.0.1:1', run: '127.0.0.1:2' },
    });
  });

  it('names every wrong variable in one error', async () => {
    const env = { PINCAST_PROJECT: '', PINCAST_RUNS_PER_MINUTE: '-1', PINCAST_CLAIM_SECONDS: '1e3' };
    const error = (await expectToThrowWithCode(() => readConfig(env), ConfigError, 'CONFIG')) as ConfigError;
    expect(error.issues).toEqual([
      ...Object.keys(required).map((path) => ({ path, message: 'missing' })),
      { path: 'PINCAST_RUNS_PER_MINUTE', message: 'expected a whole number above zero, got "-1"' },
      { path: 'PINCAST_CLAIM_SECONDS', message: 'expected a whole number above zero, got "1e3"' },
    ]);
    for (const { path } of error.issues) expect(error.message).toContain(path);
  });

  it.each(['0', '1.5', ' 1', '1 ', 'many', '0x10', '9'.repeat(16)])('rejects %j as a number', (value) => {
    expect(() => readConfig({ ...required, PINCAST_RUNS_PER_MINUTE: value })).toThrow(
      `PINCAST_RUNS_PER_MINUTE: expected a whole number above zero, got ${JSON.stringify(value)}`,
    );
  });

  it.each(['FUNCTION', 'ORPHANS', 'RETRY_FIRST', 'CLAIM', 'CLAIM_MARGIN'])(
    'accepts at most a week for PINCAST_%s_SECONDS, the range of Node’s timers',
    (name) => {
      const variable = `PINCAST_${name}_SECONDS`;
      expect(() => readConfig({ ...required, [variable]: '604800' })).not.toThrow();
      expect(() => readConfig({ ...required, [variable]: '604801' })).toThrow(
        `${variable}: expected seconds from 1 to 604800, got 604801`,
      );
    },
  );

  it.each([',', 'one,', 'one,,two', ' '])('rejects %j as bucket names', (value) => {
    expect(() => readConfig({ ...required, PINCAST_ENVIRONMENTS_BUCKETS: value })).toThrow(
      `PINCAST_ENVIRONMENTS_BUCKETS: expected names and commas, got ${JSON.stringify(value)}`,
    );
  });
});
