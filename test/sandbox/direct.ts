import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listing, temporaryFolder } from '../fixtures/archives/temporary-folder.ts';
import { digestOf, ENTRY, errorOf, type Ran } from './fleet.ts';

export type DirectRun = {
  folder: string;
  workDir: string;
  /** What has come so far. */
  stdout: () => string;
  stderr: () => string;
  kill: (signal: NodeJS.Signals) => void;
  ended: Promise<Ran & { left: string[] }>;
};

export type DirectInput = { args?: string[]; env?: Record<string, string>; command?: string[]; url?: string };

const SKIP = ['--dangerously-skip-results-archive-upload', '--results-url', 'file:///nowhere'];

/** Starts the sandbox as a process, without a ledger, on an archive in a file of this machine. */
export function startDirect(archive: Buffer, { args = SKIP, env = {}, command = [], url }: DirectInput): DirectRun {
  const folder = temporaryFolder();
  const workDir = join(folder, 'work');
  mkdirSync(workDir);
  writeFileSync(join(folder, 'environment.tar'), archive);
  const given = ['--environment-tar-url', url ?? `file://${folder}/environment.tar`];
  const digest = ['--environment-tar-digest', digestOf(archive)];
  const line = [ENTRY, ...given, ...digest, '--work-dir', workDir, ...args, '--', ...command];
  const child = spawn(process.execPath, line, { env: { PATH: process.env.PATH ?? '', ...env }, cwd: folder });
  const out = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    out.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    out.stderr += chunk;
  });
  const ended = new Promise<Ran & { left: string[] }>((resolve) => {
    child.once('close', (code) =>
      resolve({
        exitCode: code ?? -1,
        ...out,
        error: errorOf(out.stderr),
        left: existsSync(workDir) ? listing(workDir) : [],
      }),
    );
  });
  const kill = (signal: NodeJS.Signals) => void child.kill(signal);
  return { folder, workDir, stdout: () => out.stdout, stderr: () => out.stderr, kill, ended };
}
