import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Suites of many seeds, random archives, whole servers, whole clouds and containers: `npm run test:long`. */
const LONG = [
  'test/simulate/**',
  'test/infra/{emulators,local}/**',
  'test/infra/verify-cloud/{emulators,differences}.test.ts',
  'test/build/**',
  'test/end-to-end/{google-emulator,orphans,restart,sandbox-runs,cli,local-cloud,promotion-order,permissions}.test.ts',
  'test/host/archive/*.test.ts',
  'test/sandbox/**',
];

const ALL = ['test/**/*.test.ts'];

/** The Pulumi program's tests run where `npm run infra:install` was run; in CI a missing installation fails them. */
const IS_GCP = existsSync('infra/gcp/node_modules/@pulumi') || process.env.CI === 'true';
const GCP = IS_GCP ? ['infra/gcp/test/**/*.test.ts'] : [];
const GCP_LONG = IS_GCP ? ['infra/gcp/test/{mutants/mutants,stack/engine,stack/size}.test.ts'] : [];

export default defineConfig({
  test: {
    setupFiles: ['test/fail-on-warnings.ts'],
    env: { METADATA_SERVER_DETECTION: 'none', NO_COLOR: '1', LOG_LEVEL: 'silent' },
    silent: 'passed-only',
    // A limit for tests that hang, generous because a busy machine is no defect.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Each concurrent test of a suite may be a simulator, which takes a core.
    maxConcurrency: availableParallelism(),
    projects: [
      // Files share a process, so that modules load once; each file closes what it starts.
      { extends: true, test: { name: 'short', include: ALL, exclude: LONG, isolate: false } },
      { extends: true, test: { name: 'gcp', include: GCP, exclude: GCP_LONG } },
      {
        extends: true,
        test: { name: 'long', include: [...LONG.map((glob) => glob.replace(/\*\*$/, '**/*.test.ts')), ...GCP_LONG] },
      },
    ],
  },
});
