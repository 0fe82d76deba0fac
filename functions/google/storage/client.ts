import { EventEmitter } from 'node:events';
import { Storage } from '@google-cloud/storage';

/**
 * One response of the client carries 12 listeners when its body breaks off: three pipelines of node-fetch, teeny-request
 * and the client end in it. The number is constant, so it is no leak; Node.js warns from 11 on.
 */
EventEmitter.defaultMaxListeners = 15;

/**
 * A Cloud Storage client whose own retries are off: on Node 24 a retryable status on a streamed read ends the process
 * with an uncaught ERR_STREAM_UNABLE_TO_PIPE (googleapis/google-cloud-node#8670), and one unconditional write turns
 * retries off for the whole client. `withRetries` is what retries here.
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
