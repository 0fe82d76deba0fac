import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const MODULE = join(import.meta.dirname, '../../../functions/host/files/write-line.ts');

it('writeLine writes a whole line to a pipe that a workload left non-blocking', () => {
  // Node makes a pipe non-blocking when it opens it as process.stderr; the mode is shared by every process that has the pipe.
  const script = `process.stderr; (await import('${MODULE}')).writeLine('x'.repeat(16_000_000))`;
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
    maxBuffer: 32_000_000,
  });
  expect(stderr.length).toBe(16_000_001);
});
