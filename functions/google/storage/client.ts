import { EventEmitter } from 'node:events';
import { Storage } from '@google-cloud/storage';

/**
 * Avoids Node.js's warning about a leak from 11 listeners on. A response whose body breaks off has a constant 12: three
 * pipelines of node-fetch, teeny-request and the client end in it.
 */
EventEmitter.defaultMaxListeners = 15;

/**
 * A Cloud Storage client without its own retries; `withRetries` replaces them.
 *
 * On Node 24 a retryable status on a streamed read ends the process with an uncaught ERR_STREAM_UNABLE_TO_PIPE
 * (googleapis/google-cloud-node#8670), and one unconditional write turns retries off for the whole client.
 *
 * @param endpoint e.g. `http://127.0.0.1:4443`; absent: Cloud Storage itself.
 */
export function storageClient(endpoint: string | undefined, project?: string): Storage {
  return new Storage({
    ...(endpoint === undefined ? {} : { apiEndpoint: endpoint }),
    ...(project === undefined ? {} : { projectId: project }),
    retryOptions: { autoRetry: false, maxRetries: 0 },
  });
}
