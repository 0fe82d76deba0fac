import { ExecutionsClient, JobsClient, TasksClient } from '@google-cloud/run';
import { ChannelCredentials } from '@grpc/grpc-js';

export type RunClients = { jobs: JobsClient; executions: ExecutionsClient; tasks: TasksClient; close(): Promise<void> };

/**
 * Cloud Run's clients for one region. The regional endpoint is needed: without it calls that send no routing header
 * (`name=`, not `location=`) are refused.
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
    close: async () => {
      await Promise.all(Object.values(clients).map((client) => client.close()));
    },
  };
}

function insecure(endpoint: string) {
  const [host = '', port = ''] = endpoint.split(':');
  return { apiEndpoint: host, port: Number(port), projectId: 'local', sslCreds: ChannelCredentials.createInsecure() };
}
