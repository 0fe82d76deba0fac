import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { median } from './median.ts';

/** What any Node program pays until it has asked for something. */
const FLOOR = "import { get } from 'node:http';\nget(process.argv[2], () => process.exit(0));\n";

export type StartUp = { title: string; milliseconds: number };

/** Milliseconds from the start of a process to its first request, medians of interleaved rounds. */
export async function startUps(folder: string, entry: string, rounds: number): Promise<StartUp[]> {
  const floor = join(folder, 'floor.mjs');
  writeFileSync(floor, FLOOR);
  const server = createServer((_request, response) => response.writeHead(404).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const cases = [
    { title: 'a Node program that only sends a request', args: [floor, endpoint], times: [] as number[] },
    { title: 'pincast-sandbox on an HTTP source', args: [entry, ...direct(endpoint, folder)], times: [] as number[] },
    { title: 'pincast-sandbox in pinned mode', args: [entry, ...pinned(endpoint, folder)], times: [] as number[] },
  ];
  for (let round = 0; round < rounds; round++) {
    for (const { args, times } of cases) times.push(await untilFirstRequest(server, args));
  }
  server.closeAllConnections();
  server.close();
  return cases.map(({ title, times }) => ({ title, milliseconds: median(times) }));
}

async function untilFirstRequest(server: Server, args: readonly string[]): Promise<number> {
  const asked = new Promise<number>((resolve) => server.once('request', () => resolve(performance.now())));
  const start = performance.now();
  const env = { ...process.env, CLOUD_RUN_EXECUTION: 'bench-x1', METADATA_SERVER_DETECTION: 'none' };
  const child = spawn(process.execPath, args, { env, stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const first = await asked;
  await ended;
  return first - start;
}

function direct(endpoint: string, folder: string): string[] {
  const digest = `sha256:${'0'.repeat(64)}`;
  const given = ['--environment-tar-url', `${endpoint}/none.tar`, '--environment-tar-digest', digest];
  return [...given, '--work-dir', join(folder, 'start'), '--launch', 'verify'];
}

function pinned(endpoint: string, folder: string): string[] {
  const who = ['--storage-endpoint', endpoint, '--tenant', 'acme', '--runtime', 'codex'];
  const buckets = ['--pins', 'acme-pins', '--assignments', 'acme-assignments', '--receipts', 'acme-receipts'];
  return [...who, ...buckets, '--work-dir', join(folder, 'start'), '--launch', 'verify'];
}
