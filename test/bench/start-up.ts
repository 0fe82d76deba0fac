import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { median } from './median.ts';
import { functionStarts } from './start-up-functions.ts';

/** A program or function that, once started, sends a request to the bench's server. */
export type Start = {
  title: string;
  /** Starts it; resolves when it can be stopped. */
  start: (endpoint: string) => Promise<{ stop: () => Promise<void> }>;
  /** The first of a group is the group's floor. */
  group: 'program' | 'function';
};

/** `milliseconds`: the median. `ratio`: to a Node program that only sends a request; `ratioInGroup`: to its group's floor. */
export type StartUp = { title: string; milliseconds: number; ratio: number; ratioInGroup: number };

/** What any Node program pays until it has asked for something. */
const FLOOR = "import { get } from 'node:http';\nget(process.argv[2], () => process.exit(0));\n";

/** Times from the start of a process to its first request, in interleaved rounds. Functions only where they are built. */
export async function startUps(folder: string, entry: string, rounds: number): Promise<StartUp[]> {
  const server = createServer((_request, response) => response.writeHead(404).end('{}'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const starts = [...programStarts(folder, entry), ...functionStarts(join(folder, 'functions'))];
  const lanes = starts.map((start) => ({ ...start, times: [] as number[] }));
  for (let round = 0; round < rounds; round++) {
    for (const lane of lanes) lane.times.push(await untilFirstRequest(server, lane, endpoint));
  }
  server.closeAllConnections();
  server.close();
  return compare(lanes);
}

function compare(lanes: readonly (Start & { times: number[] })[]): StartUp[] {
  const of = (group?: Start['group']) => {
    const lane = lanes.find((candidate) => group === undefined || candidate.group === group);
    return median(lane?.times ?? []);
  };
  return lanes.map(({ title, group, times }) => {
    const milliseconds = median(times);
    return { title, milliseconds, ratio: milliseconds / of(), ratioInGroup: milliseconds / of(group) };
  });
}

async function untilFirstRequest(server: Server, { start }: Start, endpoint: string): Promise<number> {
  const asked = once(server, 'request').then(() => performance.now());
  const begun = performance.now();
  const { stop } = await start(endpoint);
  const first = await asked;
  await stop();
  return first - begun;
}

function programStarts(folder: string, entry: string): Start[] {
  const floor = join(folder, 'floor.mjs');
  mkdirSync(folder, { recursive: true });
  writeFileSync(floor, FLOOR);
  const digest = `sha256:${'0'.repeat(64)}`;
  const common = ['--work-dir', join(folder, 'start'), '--launch', 'verify'];
  const direct = (endpoint: string) => [
    ...['--environment-tar-url', `${endpoint}/none.tar`, '--environment-tar-digest', digest],
    ...common,
  ];
  const pinned = (endpoint: string) => [
    ...['--storage-endpoint', endpoint, '--tenant', 'acme', '--runtime', 'codex'],
    ...['--pins', 'acme-pins', '--assignments', 'acme-assignments', '--receipts', 'acme-receipts'],
    ...common,
  ];
  return [
    program('a Node program that only sends a request', (endpoint) => [floor, endpoint]),
    program('pincast-sandbox on an HTTP source', (endpoint) => [entry, ...direct(endpoint)]),
    program('pincast-sandbox in pinned mode', (endpoint) => [entry, ...pinned(endpoint)]),
  ];
}

function program(title: string, args: (endpoint: string) => string[]): Start {
  return {
    title,
    group: 'program',
    start: async (endpoint) => {
      // A pinned run refuses the variables that npm sets.
      const env = { PATH: process.env.PATH, CLOUD_RUN_EXECUTION: 'bench-x1', METADATA_SERVER_DETECTION: 'none' };
      const child = spawn(process.execPath, args(endpoint), { env, stdio: 'ignore' });
      const ended = once(child, 'close');
      return { stop: () => ended.then(() => undefined) };
    },
  };
}
