import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { up } from '#functions/cli/commands/up.ts';

let home = '';
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'pincast-up-'));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

function writeScript(source: string): string {
  const path = join(home, 'start.mjs');
  writeFileSync(path, source);
  return path;
}

function run(script: string, args: string[] = []): Promise<number> {
  return up(args, { cwd: home, env: process.env }, script);
}

describe('pincast up', () => {
  it('passes its arguments to the embedded cloud, and exits with its code', async () => {
    const script = writeScript(
      "import { writeFileSync } from 'node:fs'; writeFileSync('args', process.argv.slice(2).join(' ')); process.exit(7);",
    );
    expect(await run(script, ['--tenants', '3'])).toBe(7);
    expect(readFileSync(join(home, 'args'), 'utf8')).toBe('--tenants 3');
  });

  it('exits 128 plus the signal’s number if a signal ended the embedded cloud', async () => {
    expect(await run(writeScript("process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000);"))).toBe(137);
  });

  it('says that the embedded cloud is not installed', async () => {
    await expect(run(join(home, 'absent.ts'))).rejects.toMatchObject({
      exitCode: 69,
      message: expect.stringContaining('not part of this installation'),
    });
  });
});
