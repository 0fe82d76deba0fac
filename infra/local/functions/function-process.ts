import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalFunction } from '../layout.ts';
import { inRepository } from '../repository.ts';

export type FunctionProcess = {
  pid: number;
  /** `http://127.0.0.1:PORT` */
  url: string;
  /** Resolves when the process has ended, to how: `exit code 1`, `SIGKILL`. */
  ended: Promise<string>;
  /** Its standard output and error. */
  log: string;
  close(): Promise<void>;
};

/** The message that assigns a function to its process. */
export type FunctionStart = { name: string; source: string; env: Record<string, string>; port: number };

/** A process that loads the modules of every function, then waits for its FunctionStart. */
export type FunctionHost = { child: ChildProcess; close(): Promise<void> };

const READY_MS = 30_000;
/** An interrupted push is delivered again at the next start. */
const STOP_MS = 2_000;

/** @param preload modules of this repository that the function needs. */
export function prepareFunction(env: Record<string, string>, preload: readonly string[] = []): FunctionHost {
  const child = fork(inRepository('infra/local/functions/function-host.ts'), preload.map(inRepository), {
    env,
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  return { child, close: () => stop(child) };
}

/** `port`: 0 for any free one. The function's log is `<logDir>/<name>.log`. */
export type FunctionPlace = { logDir: string; port?: number };

/** Assigns the function to the process. */
export async function startFunction(
  { child, close }: FunctionHost,
  { name, source }: LocalFunction,
  env: Record<string, string>,
  { logDir, port = 0 }: FunctionPlace,
): Promise<FunctionProcess> {
  mkdirSync(logDir, { recursive: true });
  const path = join(logDir, `${name}.log`);
  const log = createWriteStream(path, { flags: 'a' });
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  const ended = once(child, 'exit').then(([code, signal]) => signal ?? `exit code ${code}`);
  const start = { name, source: inRepository(source), env, port };
  const [serving] = await Promise.all([readyPort(child, name, path), send(child, start)]);
  return { pid: child.pid ?? 0, url: `http://127.0.0.1:${serving}`, ended, log: path, close };
}

/** Rejects if the process has ended. Without a callback Node.js emits the error, which ends this process. */
function send(child: ChildProcess, start: FunctionStart): Promise<void> {
  return new Promise((resolve, reject) => {
    child.send(start, (error) => (error === null ? resolve() : reject(error)));
  });
}

async function readyPort(child: ChildProcess, name: string, log: string): Promise<number> {
  const waiting = new AbortController();
  const signal = AbortSignal.any([waiting.signal, AbortSignal.timeout(READY_MS)]);
  const ready = once(child, 'message', { signal }).then(([message]) => (message as { port: number }).port);
  const exited = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`the function ${name} ended with ${code} before it was ready; see ${log}`);
  });
  exited.catch(() => undefined);
  return Promise.race([ready, exited]).finally(() => waiting.abort());
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await exited;
  clearTimeout(timer);
}
