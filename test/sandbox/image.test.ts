import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const BUNDLE = 'dist/sandbox/pincast-sandbox.mjs';

/** The image's instructions, with continued lines joined and comments gone. */
function instructions(): string[] {
  const text = readFileSync(join(ROOT, 'infra/sandbox/Dockerfile'), 'utf8');
  const lines = text.replace(/\\\n\s*/g, '').split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}

const those = (keyword: string) => instructions().filter((line) => line.startsWith(`${keyword} `));

describe('the sandbox’s Dockerfile', () => {
  it('names every base image and download by its digest', () => {
    for (const line of those('FROM')) expect(line).toMatch(/ \S+:[0-9][\w.-]+@sha256:[0-9a-f]{64}$/);
    for (const line of those('ADD')) {
      expect(line).toMatch(/--checksum=sha256:[0-9a-f]{64} /);
      expect(line).not.toContain('latest');
    }
  });

  it('copies only the bundle that the build writes', () => {
    const sources = those('COPY').flatMap((line) => line.split(/\s+/).slice(1, -1));
    const files = sources.filter((word) => !word.startsWith('--'));
    expect(files).toEqual([BUNDLE]);
    expect(readFileSync(join(ROOT, 'infra/build.ts'), 'utf8')).toContain(`${BUNDLE.replace('dist', '')}\`)`);
  });

  it('runs the workload as a user other than root, and starts without a shell', () => {
    const entrypoint = JSON.parse(those('ENTRYPOINT')[0]?.slice('ENTRYPOINT '.length) ?? '[]') as string[];
    expect(entrypoint.slice(-2)).toEqual(['--workload-uid', '1000']);
    expect(those('USER')).toEqual([]);
    for (const line of [...those('ENTRYPOINT'), ...those('RUN')]) expect(line).toMatch(/^\w+ \[".*"\]$/);
  });

  it('starts like a pinned job: behind an init, with the debugger disabled', () => {
    const entrypoint = those('ENTRYPOINT')[0] ?? '';
    expect(entrypoint).toContain('["/usr/local/bin/tini", "--", "/usr/local/bin/node", "--disable-sigusr1", "/opt/');
  });

  it('sends only the bundle to the builder', () => {
    const lines = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
    expect(lines.filter((line) => line !== '' && !line.startsWith('#'))).toEqual(['*', `!${BUNDLE}`]);
  });

  it('uses the Node version that runs the tests', () => {
    expect(those('FROM')[0]).toContain(`node:${process.versions.node}-`);
  });
});
