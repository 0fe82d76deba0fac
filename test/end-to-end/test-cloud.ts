import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Call, Fault } from '@pincast/emulators/faults';
import { readConfig } from '#functions/core/config.ts';
import { topics } from '#functions/core/messages/topics.ts';
import { parseRecord } from '#functions/core/records/codec.ts';
import { type Receipt, receiptSchema } from '#functions/core/records/receipt.ts';
import type { FleetView } from '#functions/core/status/fleet-status.ts';
import type { TenantView } from '#functions/core/status/tenant-view.ts';
import { readFleetStatus } from '#functions/flows/status/fleet-status.ts';
import { type Cloud, connectCloud } from '#functions/google/cloud.ts';
import { systemClock } from '#functions/host/clock.ts';
import type { PermissionUse } from '../../infra/local/access/local-access.ts';
import { startCloud } from '../../infra/local/cloud.ts';
import { buildTar } from '../../infra/local/demo/build-tar.ts';
import type { Tuning } from '../../infra/local/functions/function-env.ts';
import { layout } from '../../infra/local/layout.ts';

export type Pin = { environmentTarUrl: string; environmentTarDigest: string };

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
process.env.METADATA_SERVER_DETECTION = 'none';

const PATIENCE_MS = 60_000;

type TestOptions = Partial<Tuning> & {
  onPermission?: (use: PermissionUse) => void;
  recheckSeconds?: number;
  /** A folder that an earlier cloud left. */
  home?: string;
  external?: { pubsub?: string };
  report?: (line: string) => void;
  workload?: string[];
  keepsWorkloads?: boolean;
};

/** The embedded cloud with real function processes, and what a test wants to do and see. */
export async function openTestCloud(options: TestOptions = {}) {
  const { home: given, external = {}, ...tuning } = options;
  const home = given ?? (await mkdtemp(join(tmpdir(), 'pincast-e2e-')));
  let fault: (call: Call) => Fault | undefined = () => undefined;
  const local = await startCloud({
    stateDir: join(home, 'state'),
    ports: { storage: 0, pubsub: 0, run: 0, provisioner: 0 },
    external,
    runQuotaPerMinute: 6000,
    retryFirstSeconds: 1,
    recheckSeconds: 1,
    maxRunningExecutions: 1000,
    workload: ['work'],
    faults: (call) => fault(call),
    ...tuning,
  });
  await local.ready();
  const cloud: Cloud = connectCloud(readConfig(local.env), systemClock, silent);
  const bucket = (name: keyof typeof layout.buckets) => local.storage.bucket(layout.buckets[name]);
  const view = (runtime: string) => readFleetStatus(runtime, cloud);

  return {
    local,
    cloud,
    bucket,
    view,
    /** Workloads can leave traces here: it is outside of every sandbox's folder. */
    traces: home,
    setFault: (next: typeof fault) => {
      fault = next;
    },
    addTenants: local.addTenants,
    /** Uploads an environment whose workload is this shell script. */
    async environment(runtime: string, script: string, options: { contentEncoding?: string } = {}): Promise<Pin> {
      const bytes = buildTar([{ path: 'bin/work', mode: 0o755, content: `#!/bin/sh\n${script}\n` }]);
      const hex = createHash('sha256').update(bytes).digest('hex');
      const object = `${runtime}/${hex}.tar`;
      const { contentEncoding } = options;
      await bucket('environments')
        .file(object)
        .save(bytes, { resumable: false, metadata: { ...(contentEncoding && { contentEncoding }) } });
      return {
        environmentTarUrl: `gs://${layout.buckets.environments}/${object}`,
        environmentTarDigest: `sha256:${hex}`,
      };
    },
    publish: (data: object | string, attributes: Record<string, string> = {}) =>
      local.pubsub
        .topic(topics.pinPromoted, { batching: { maxMessages: 1 } })
        .publishMessage({ data: Buffer.from(typeof data === 'string' ? data : JSON.stringify(data)), attributes }),
    recheck: () => local.pubsub.topic(topics.fleetRecheck).publishMessage({ json: {} }),
    async tenant(runtime: string, tenant: string): Promise<TenantView | undefined> {
      return (await view(runtime))?.tenants.find((candidate) => candidate.tenant === tenant);
    },
    /** Waits as long as the fleet changes: a busy machine is no defect. */
    untilFleet(runtime: string, condition: (view: FleetView) => boolean): Promise<FleetView> {
      let seen = '';
      return until(`a change of ${runtime}`, async (isMoving) => {
        const current = await view(runtime);
        if (current !== undefined && condition(current)) return current;
        const now = JSON.stringify(current?.tenants);
        if (now !== seen) isMoving();
        seen = now;
        return undefined;
      });
    },
    untilTenant: (runtime: string, tenant: string, condition: (view: TenantView) => boolean) =>
      until(`${tenant} of ${runtime} to come so far`, async () => {
        const current = (await view(runtime))?.tenants.find((candidate) => candidate.tenant === tenant);
        return current !== undefined && condition(current) ? current : undefined;
      }),
    untilRejected: (messageId: string) =>
      until(`the rejection of ${messageId}`, async () => cloud.rejections.find(messageId)),
    /** Every receipt that a tenant left, by kind. */
    async receipts(runtime: string, tenant: string): Promise<Receipt[]> {
      const [files] = await bucket('receipts').getFiles({ prefix: `${tenant}/${runtime}/` });
      const read = files.map(async (file) => {
        const [body] = await file.download();
        return parseRecord(receiptSchema, body.toString(), file.name);
      });
      return Promise.all(read);
    },
    async executions(job: string): Promise<string[]> {
      return (await readdir(join(home, 'state', 'run', 'logs'))).filter((name) => name.startsWith(`${job}-`));
    },
    async log(execution: string): Promise<string> {
      return readFile(join(home, 'state', 'run', 'logs', execution, '0-0.log'), 'utf8');
    },
    untilEnded: (execution: string) =>
      until(`${execution} to end`, async () => {
        const found = await cloud.launcher.execution(execution);
        return found !== undefined && found.outcome.state !== 'RUNNING' ? found : undefined;
      }),
    /** Leaves its state where it is. */
    stop: local.close,
    async close(): Promise<void> {
      await local.close();
      await expectNoWarnings(join(home, 'state', 'logs'));
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** What Node.js prints in a function's process stands in the function's log. */
async function expectNoWarnings(logs: string): Promise<void> {
  for (const name of await readdir(logs)) {
    const lines = (await readFile(join(logs, name), 'utf8')).split('\n');
    const warnings = lines.filter((line) => /^\(node:\d+\) \w*Warning/.test(line));
    if (warnings.length > 0) throw new Error(`the function of ${name} printed ${warnings.join('; ')}`);
  }
}

export type TestCloud = Awaited<ReturnType<typeof openTestCloud>>;

/** Asks again until there is an answer; throws 60 s after the start, or after `ask` last said that something moves. */
export async function until<T>(what: string, ask: (isMoving: () => void) => Promise<T | undefined>): Promise<T> {
  let deadline = Date.now() + PATIENCE_MS;
  const isMoving = () => {
    deadline = Date.now() + PATIENCE_MS;
  };
  for (;;) {
    const answer = await ask(isMoving);
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`waited ${PATIENCE_MS} ms for ${what}`);
    await sleep(100);
  }
}

export function allAre(...adoptions: string[]) {
  return (view: FleetView) => view.tenants.every(({ adoption }) => adoptions.includes(adoption));
}

/** The workloads have ended, too. */
export function isSettled(view: FleetView): boolean {
  return view.state === 'SUCCEEDED' || view.state === 'HALTED';
}
