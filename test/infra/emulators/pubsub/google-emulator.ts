import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export type RunningEmulator = { endpoint: string; close(): Promise<void> };

const INSIDE_SDK = 'platform/pubsub-emulator/lib/cloud-pubsub-emulator-*-all.jar';
const READY_WITHIN_MILLISECONDS = 20_000;

/** Asking gcloud takes about a second, so it comes last. */
function sdkOfGcloud(): string[] {
  try {
    const format = ['info', '--format=value(installation.sdk_root)'];
    return [execFileSync('gcloud', format, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()];
  } catch {
    return [];
  }
}

function jarIn(root: string | undefined): string | undefined {
  return root ? globSync(join(root, INSIDE_SDK)).sort().at(-1) : undefined;
}

function findJar(env: NodeJS.ProcessEnv): string | undefined {
  if (env.PUBSUB_EMULATOR_JAR) return existsSync(env.PUBSUB_EMULATOR_JAR) ? env.PUBSUB_EMULATOR_JAR : undefined;
  const wellKnown = [
    env.CLOUDSDK_ROOT,
    '/usr/lib/google-cloud-sdk',
    '/usr/share/google-cloud-sdk',
    join(homedir(), 'google-cloud-sdk'),
  ];
  for (const root of wellKnown) {
    const jar = jarIn(root);
    if (jar) return jar;
  }
  return jarIn(sdkOfGcloud()[0]);
}

function hasJava(): boolean {
  try {
    execFileSync('java', ['-version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Where Google's emulator is, or why it cannot be used. */
export type EmulatorSearch = { jar: string } | { missing: string };

export function findEmulator(env: NodeJS.ProcessEnv = process.env): EmulatorSearch {
  const jar = findJar(env);
  if (!jar) return { missing: 'google-cloud-cli-pubsub-emulator is not installed (or set PUBSUB_EMULATOR_JAR)' };
  return hasJava() ? { jar } : { missing: 'the Pub/Sub emulator is installed, but there is no java to run it' };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  return typeof address === 'object' && address ? address.port : 0;
}

async function waitUntilReady(endpoint: string, child: ChildProcess): Promise<void> {
  const limit = Date.now() + READY_WITHIN_MILLISECONDS;
  while (Date.now() < limit) {
    if (child.exitCode !== null) throw new Error(`the emulator ended with ${child.exitCode} before it was ready`);
    const ready = await fetch(`http://${endpoint}/`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return;
    await sleep(50);
  }
  throw new Error(`the emulator did not answer at ${endpoint} within ${READY_WITHIN_MILLISECONDS} ms`);
}

/** Starts the jar itself: the process that gcloud starts around it would leave it behind when it is stopped. */
export async function startEmulator(jar: string): Promise<RunningEmulator> {
  const port = await freePort();
  const child = spawn('java', ['-jar', jar, '--host=127.0.0.1', `--port=${port}`], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  // A test process that ends early must not leave it behind.
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const close = async () => {
    process.off('exit', kill);
    kill();
    await ended;
  };
  const endpoint = `127.0.0.1:${port}`;
  try {
    await waitUntilReady(endpoint, child);
  } catch (error) {
    await close();
    throw error;
  }
  return { endpoint, close };
}
