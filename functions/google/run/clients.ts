import { ExecutionsClient, JobsClient, TasksClient } from '@google-cloud/run';
import { ChannelCredentials, type Client } from '@grpc/grpc-js';
import { inTime } from '../storage/retry.ts';

export type RunClients = {
  jobs: JobsClient;
  executions: ExecutionsClient;
  tasks: TasksClient;
  /** Fetches the token and opens the connection that `jobs.run` uses. */
  connect(): Promise<void>;
  close(): Promise<void>;
};

const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Cloud Run's clients for one region. They use the regional endpoint, because the global one refuses calls that send no
 * routing header (`name=`, not `location=`).
 *
 * @param endpoint `host:port` of the embedded cloud; absent: Cloud Run itself.
 */
export function runClients(region: string, endpoint: string | undefined): RunClients {
  const options = endpoint === undefined ? { apiEndpoint: `${region}-run.googleapis.com` } : insecure(endpoint);
  const clients = {
    jobs: new JobsClient(options),
    executions: new ExecutionsClient(options),
    tasks: new TasksClient(options),
  };
  return {
    ...clients,
    connect: () => inTime(connect(clients.jobs, endpoint), CONNECT_TIMEOUT_MS),
    close: async () => {
      await Promise.all(Object.values(clients).map((client) => client.close()));
    },
  };
}

async function connect(jobs: JobsClient, endpoint: string | undefined): Promise<void> {
  const stub = (await jobs.initialize()) as unknown as Client;
  if (endpoint === undefined) await jobs.auth.getAccessToken();
  await isReady(stub);
}

function isReady(stub: Client): Promise<void> {
  return new Promise((resolve, reject) => {
    stub.waitForReady(Date.now() + CONNECT_TIMEOUT_MS, (error) => (error === undefined ? resolve() : reject(error)));
  });
}

function insecure(endpoint: string) {
  const [host = '', port = ''] = endpoint.split(':');
  return { apiEndpoint: host, port: Number(port), projectId: 'local', sslCreds: ChannelCredentials.createInsecure() };
}
