import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { type FaultSwitch, noFaults } from '../faults.ts';
import { openMultiplexer, type ProtocolMultiplexer } from '../grpc/protocol-multiplexer.ts';
import { CompletionWaiters } from './jobs/completion-waiters.ts';
import { type Context, dropExecution } from './jobs/context.ts';
import { DoneOperations } from './jobs/operations.ts';
import { RunQuota } from './jobs/run-quota.ts';
import { AttemptFolders } from './runner/attempt-folders.ts';
import { recover } from './runner/recovery.ts';
import { Runner } from './runner/runner.ts';
import { executionsService } from './services/executions-service.ts';
import { jobsService } from './services/jobs-service.ts';
import { implementation } from './services/methods.ts';
import { operationsService } from './services/operations-service.ts';
import { tasksService } from './services/tasks-service.ts';
import { forgotten } from './store/executions-kept.ts';
import { openStore } from './store/store.ts';
import { executionsDefinition, jobsDefinition, operationsDefinition, tasksDefinition } from './views/wire.ts';

export { CONTAINER_PATH } from './runner/container.ts';

export type RunOptions = {
  /** Default: any free port. */
  port?: number;
  /** Absent: a private temporary folder, removed on close. Present: jobs and executions survive a restart. */
  stateDir?: string;
  /** RunJob calls in any 60 s per project and location; RESOURCE_EXHAUSTED past it. Default 180, Cloud Run's own. */
  runQuotaPerMinute?: number;
  /** Executions that have not completed, per project and location; RESOURCE_EXHAUSTED past it. Default 1,000. */
  maxRunningExecutions?: number;
  /** Real processes at once; further executions wait, without a start time. Default: the cores and two more. */
  maxProcesses?: number;
  /** Of them, how many that are just starting, which costs a core each. Default: as many as `maxProcesses`. */
  maxStarting?: number;
  /** Variables that every container gets besides its own. PATH is always there. */
  environment?: Record<string, string>;
  faults?: FaultSwitch;
  now?: () => Date;
  /** Completed executions kept per job. Default 1,000, Cloud Run's own. */
  forgetAfter?: number;
  /** From SIGTERM to SIGKILL, milliseconds. Default 10,000, Cloud Run's own. */
  killGraceMs?: number;
};

export type LocalRun = {
  /** `host:port` */
  endpoint: string;
  /** An endpoint whose calls carry this identity to the fault switch. */
  endpointFor(identity: string): Promise<string>;
  /** Ends what is running (SIGTERM, then SIGKILL) and waits for it. */
  close(): Promise<void>;
};

const MAX_REQUEST_BYTES = 64 * 1024 * 1024;

function forgetOld(context: Context, jobName: string, kept: number): void {
  const job = context.store.state.job(jobName);
  if (job) for (const execution of [...forgotten(job, kept)]) dropExecution(context, execution);
}

function openContext(stateDir: string, options: RunOptions): Context {
  const now = options.now ?? (() => new Date());
  const store = openStore(stateDir);
  const folders = new AttemptFolders(stateDir);
  const waiters = new CompletionWaiters();
  const maxProcesses = options.maxProcesses ?? availableParallelism() + 2;
  const runner = new Runner({
    store,
    folders,
    maxProcesses,
    maxStarting: options.maxStarting ?? maxProcesses,
    environment: options.environment ?? {},
    graceMs: options.killGraceMs ?? 10_000,
    now,
    onComplete: ({ record }) => {
      waiters.wake(record.uid);
      forgetOld(context, record.job, options.forgetAfter ?? 1_000);
    },
  });
  const context: Context = {
    store,
    runner,
    folders,
    waiters,
    now,
    quota: new RunQuota(options.runQuotaPerMinute ?? 180),
    done: new DoneOperations(),
    maxRunningExecutions: options.maxRunningExecutions ?? 1_000,
  };
  return context;
}

/** Recovery ends before the first call is answered. */
async function serve(context: Context, options: RunOptions): Promise<Served> {
  const unfinished = await recover(context.store, context.now);
  const served = await listen(context, options.faults ?? noFaults, options.port ?? 0);
  for (const execution of unfinished) context.runner.add(execution);
  return served;
}

type Served = Pick<ProtocolMultiplexer, 'port' | 'portFor'> & { close(): Promise<void> };

async function listen(context: Context, faults: FaultSwitch, port: number): Promise<Served> {
  const server = new Server({ 'grpc.max_receive_message_length': MAX_REQUEST_BYTES });
  let multiplexer: ProtocolMultiplexer | undefined;
  const switches = { faults, identityOf: (peer: string) => multiplexer?.identityOf(peer) };
  server.addService(jobsDefinition, implementation(jobsService(context), switches));
  server.addService(executionsDefinition, implementation(executionsService(context), switches));
  server.addService(tasksDefinition, implementation(tasksService(context), switches));
  server.addService(operationsDefinition, implementation(operationsService(context), switches));
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const opened = await openMultiplexer(port, {
    http2: (socket) => injector.injectConnection(socket),
    http1: refuseRest,
  });
  multiplexer = opened;
  return {
    port: opened.port,
    portFor: opened.portFor,
    close: async () => {
      await opened.close();
      injector.destroy();
      server.forceShutdown();
    },
  };
}

/** Only gRPC is served. Without an answer in HTTP/1.1, `gcloud run` and REST clients would report a broken protocol. */
function refuseRest({ method, url }: IncomingMessage, response: ServerResponse): void {
  const message = `the embedded Cloud Run serves gRPC only, got ${method} ${url} over HTTP/1.1: use a client with gRPC transport`;
  response.writeHead(501, { 'Content-Type': 'application/json; charset=UTF-8' });
  response.end(JSON.stringify({ error: { code: 501, status: 'UNIMPLEMENTED', message } }));
}

/**
 * Cloud Run's v2 jobs on loopback: the real clients talk to it over gRPC, executions are real processes.
 *
 * Output is in `<stateDir>/logs/<execution>/<task>-<attempt>.log`.
 */
export async function startRun(options: RunOptions = {}): Promise<LocalRun> {
  const temporary = options.stateDir === undefined;
  const stateDir = options.stateDir ?? (await mkdtemp(join(tmpdir(), 'pincast-run-')));
  const context = openContext(stateDir, options);
  const end = async (): Promise<void> => {
    await context.runner.close();
    context.store.close();
    if (temporary) await rm(stateDir, { recursive: true, force: true });
  };
  const served = await serve(context, options).catch(async (error: unknown) => {
    await end();
    throw error;
  });
  const close = async (): Promise<void> => {
    context.waiters.wakeAll();
    await served.close();
    await end();
  };
  let closing: Promise<void> | undefined;
  return {
    endpoint: `127.0.0.1:${served.port}`,
    endpointFor: async (identity) => `127.0.0.1:${await served.portFor(identity)}`,
    close: () => (closing ??= close()),
  };
}
