import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/fail-on-warnings.ts'],
    env: { METADATA_SERVER_DETECTION: 'none', NO_COLOR: '1', LOG_LEVEL: 'silent' },
    silent: 'passed-only',
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
