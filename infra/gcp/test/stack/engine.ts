import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
  type UntypedHandleCall,
} from '@grpc/grpc-js';
import { EngineService } from '@pulumi/pulumi/proto/engine_grpc_pb.js';
import engine from '@pulumi/pulumi/proto/engine_pb.js';
import { ResourceMonitorService } from '@pulumi/pulumi/proto/resource_grpc_pb.js';
import monitor from '@pulumi/pulumi/proto/resource_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import struct from 'google-protobuf/google/protobuf/struct_pb.js';
import { PROJECT_NUMBER } from '../fixtures/mocks.ts';

/** What the engine of Pulumi's CLI received from the program. */
export type EngineRun = {
  exitCode: number | null;
  /** `type name` of each custom resource. */
  registered: string[];
  outputs: Record<string, unknown>;
  /** Errors that the program reported to the engine, and what it printed. */
  errors: string[];
};

export type EngineOptions = { config: unknown; preview: boolean };

const GCP = join(import.meta.dirname, '../..');
const RUN = join(GCP, 'node_modules/@pulumi/pulumi/cmd/run/index.js');
const TIMEOUT_MS = 100_000;

/**
 * Runs index.ts as Pulumi's CLI does: the SDK's own runner in a process of its own, against a stub of the engine. The stub
 * answers each registration with its inputs, in a preview without ids, so that everything else stays unknown.
 */
export async function runWithEngine({ config, preview }: EngineOptions): Promise<EngineRun> {
  const run: EngineRun = { exitCode: null, registered: [], outputs: {}, errors: [] };
  const server = new Server();
  server.addService(ResourceMonitorService as never, monitorHandlers(run, preview));
  server.addService(EngineService as never, engineHandlers(run));
  const address = await listen(server);
  const program = spawn(
    process.execPath,
    [
      RUN,
      ...[`--monitor=${address}`, `--engine=${address}`, '--organization=acme', '--project=pincast', '--stack=test'],
      ...['--parallel=16', `--pwd=${GCP}`, ...(preview ? ['--dry-run=true'] : []), './index.ts'],
    ],
    {
      env: { ...process.env, PULUMI_CONFIG: JSON.stringify({ 'pincast:stack': JSON.stringify(config) }) },
      timeout: TIMEOUT_MS,
    },
  );
  program.stderr.on('data', (text) => run.errors.push(String(text)));
  [run.exitCode] = await once(program, 'close');
  server.forceShutdown();
  return run;
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
      error === null ? resolve(`127.0.0.1:${port}`) : reject(error),
    ),
  );
}

function monitorHandlers(run: EngineRun, preview: boolean): Record<string, UntypedHandleCall> {
  return {
    supportsFeature: unary<monitor.SupportsFeatureRequest>(() =>
      new monitor.SupportsFeatureResponse().setHassupport(true),
    ),
    registerPackage: unary(() => new monitor.RegisterPackageResponse().setRef('package')),
    registerResource: unary<monitor.RegisterResourceRequest>((request) => register(request, run, preview)),
    registerResourceOutputs: unary<monitor.RegisterResourceOutputsRequest>((request) => {
      run.outputs = request.getOutputs()?.toJavaScript() ?? {};
      return new empty.Empty();
    }),
    invoke: unary<monitor.ResourceInvokeRequest>(answerCall),
    signalAndWaitForShutdown: unary(() => new empty.Empty()),
  };
}

function register(request: monitor.RegisterResourceRequest, run: EngineRun, preview: boolean) {
  const [type, name] = [request.getType(), request.getName()];
  if (request.getCustom()) run.registered.push(`${type} ${name}`);
  const agent = { email: `service-${PROJECT_NUMBER}@gcp-sa.iam.gserviceaccount.com` };
  const isAgent = type === 'gcp:projects/serviceIdentity:ServiceIdentity' && !preview;
  const inputs = request.getObject()?.toJavaScript() ?? {};
  return new monitor.RegisterResourceResponse()
    .setUrn(`urn:pulumi:test::pincast::${type}::${name}`)
    .setId(preview ? '' : name)
    .setObject(struct.Struct.fromJavaScript({ ...inputs, ...(isAgent && agent) } as never));
}

function answerCall(request: monitor.ResourceInvokeRequest) {
  const args = request.getArgs()?.toJavaScript() ?? {};
  const answers = {
    emailAddress: `service-${PROJECT_NUMBER}@gs-project-accounts.iam.gserviceaccount.com`,
    name: 'groups/group',
  };
  return new monitor.ResourceInvokeResponse().setReturn(struct.Struct.fromJavaScript({ ...args, ...answers } as never));
}

function engineHandlers(run: EngineRun): Record<string, UntypedHandleCall> {
  return {
    log: unary<engine.LogRequest>((request) => {
      if (request.getSeverity() >= engine.LogSeverity.WARNING) run.errors.push(request.getMessage());
      return new empty.Empty();
    }),
    getRootResource: unary(() => new engine.GetRootResourceResponse()),
    setRootResource: unary(() => new engine.SetRootResourceResponse()),
  };
}

function unary<Request>(answer: (request: Request) => unknown): UntypedHandleCall {
  return (call: ServerUnaryCall<Request, unknown>, callback: sendUnaryData<unknown>) =>
    callback(null, answer(call.request));
}
