import { createHash } from 'node:crypto';
import type { Output, Paint } from '#functions/cli/output/output.ts';
import { runCli } from '#functions/cli/run.ts';
import type { Session } from '#functions/cli/session.ts';
import type { OperatorCloud } from '#functions/cli/target/connect.ts';
import { type Config, readConfig } from '#functions/core/config.ts';
import { formatRecord } from '#functions/core/records/codec.ts';
import { names } from '#functions/core/records/object-names.ts';
import { formatGsUrl } from '#functions/core/values/gs-url.ts';
import type { EnvironmentUploads } from '#functions/ports/environments.ts';
import type { TenantRegistry } from '#functions/ports/fleet.ts';
import type { FakeCloud, FakeProcess } from '../fakes/fake-cloud.ts';

const config: Config = readConfig({
  PINCAST_PROJECT: 'fleet',
  PINCAST_PINS_BUCKET: 'pins',
  PINCAST_ASSIGNMENTS_BUCKET: 'assignments',
  PINCAST_CONTROL_BUCKET: 'control',
  PINCAST_RECEIPTS_BUCKET: 'receipts',
  PINCAST_RESULTS_BUCKET: 'results',
  PINCAST_ENVIRONMENTS_BUCKETS: 'acme-environments,other-environments',
});

export type FakeOutput = Output & { text(): string };

export function fakeOutput(columns?: number, paint: Paint = (_style, plain) => plain): FakeOutput {
  let text = '';
  return {
    write: (piece) => {
      text += piece;
    },
    paint,
    text: () => text,
    ...(columns !== undefined && { columns }),
  };
}

export type Ran = { exitCode: number; out: string; err: string };

/** Runs a command line against this cloud, beside the other works that are given. */
export function runIn(cloud: FakeCloud, args: readonly string[], ...others: Promise<unknown>[]): Promise<Ran> {
  return runOn(fakeOutput(), cloud, args, ...others);
}

/** The same, with stdout on this output. Both streams are a terminal if the output has columns. */
export async function runOn(
  out: FakeOutput,
  cloud: FakeCloud,
  args: readonly string[],
  ...others: Promise<unknown>[]
): Promise<Ran> {
  const err = fakeOutput(out.columns, out.paint);
  const [ended] = await cloud.play<unknown>(runCli(args, buildSession(cloud, out, err)), ...others);
  if (ended === undefined || ended === 'stuck') throw new Error('the command waits for something that never answers');
  if (ended.status === 'rejected') throw ended.reason;
  return { exitCode: ended.value as number, out: out.text(), err: err.text() };
}

/** Runs a command that reads files. The virtual scheduler does not wait for a disk, so it plays on until the command ends. */
export async function runWithFiles(out: FakeOutput, cloud: FakeCloud, args: readonly string[]): Promise<Ran> {
  const err = fakeOutput(out.columns, out.paint);
  const running = runCli(args, buildSession(cloud, out, err));
  let [ended] = await cloud.play(running);
  while (ended === 'stuck') [ended] = await cloud.play(running);
  return { exitCode: await running, out: out.text(), err: err.text() };
}

export function buildSession(cloud: FakeCloud, out: Output, err: Output): Session {
  const ports = operatorCloud(cloud, cloud.connect('terminal'));
  return {
    out,
    err,
    env: {},
    cwd: '/',
    user: 'olivia',
    clock: cloud.stage.clock,
    findTarget: () => ({ description: 'the fake cloud', config }),
    connect: async () => ports,
  };
}

function operatorCloud(cloud: FakeCloud, ports: FakeProcess): OperatorCloud {
  return { ...ports, registry: fakeRegistry(cloud), uploads: fakeUploads(cloud) };
}

function fakeRegistry({ control }: FakeCloud): TenantRegistry {
  return {
    add: async (tenant) => {
      const created = control.create(names.tenant(tenant.runtime, tenant.tenant), formatRecord(tenant));
      return created === 'exists' ? 'exists' : 'added';
    },
    remove: async (runtime, tenant) => {
      const name = names.tenant(runtime, tenant);
      if (control.read(name) === undefined) return 'absent';
      control.delete(name);
      return 'removed';
    },
  };
}

function fakeUploads({ tars }: FakeCloud): EnvironmentUploads {
  return {
    create: async ({ location, md5, read }) => {
      if (tars.get(formatGsUrl(location)) !== undefined) return 'exists';
      const pieces: Buffer[] = [];
      for await (const piece of read()) pieces.push(piece);
      const bytes = Buffer.concat(pieces);
      if (createHash('md5').update(bytes).digest('base64') !== md5)
        throw new Error('the bytes are not those announced');
      tars.put(formatGsUrl(location), bytes.toString('utf8'));
      return 'created';
    },
  };
}
