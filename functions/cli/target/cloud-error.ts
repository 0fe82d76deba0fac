import { CorruptRecordError } from '../../core/records/codec.ts';
import { CliError, exitCodes } from '../errors.ts';

const NO_CREDENTIALS = /could not load the default credentials|could not refresh access token/i;
const NETWORK = /^(E(?!RR_)[A-Z_]+|UND_ERR_\w+|ERR_STREAM_\w+)$/;

/** Explains a failure of the cloud to the operator. Returns any other error unchanged: it is a bug in pincast. */
export function explainCloudError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof CliError) return error;
  const explain = (message: string) => new CliError(exitCodes.unavailable, message, [], { cause: error });
  if (error instanceof CorruptRecordError) return explain(`a stored record cannot be read: ${error.message}`);
  if (NO_CREDENTIALS.test(error.message)) {
    return explain('no credentials for Google Cloud: sign in with `gcloud auth application-default login`');
  }
  const { code } = error as { code?: unknown };
  if (code === 403 || code === 7) return explain(`Google Cloud refused: ${error.message}`);
  if (isCloudCode(code)) return explain(`the cloud request failed: ${error.message}`);
  return error;
}

/** An HTTP status, a gRPC code, or a network error's name. */
function isCloudCode(code: unknown): boolean {
  if (typeof code === 'number') return (code >= 1 && code <= 16) || (code >= 400 && code < 600);
  return typeof code === 'string' && (NETWORK.test(code) || /^[45]\d\d$/.test(code));
}
