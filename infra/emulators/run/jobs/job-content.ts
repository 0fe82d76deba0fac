import { status } from '@grpc/grpc-js';
import type { Job, JobContent } from '../model/records.ts';
import { invalid, RpcError } from '../model/rpc-error.ts';
import { jobFaults, withDefaults } from './job-rules.ts';

/** Settings that change how executions come to be, and that nothing here would obey. */
const UNSERVED = ['startExecutionToken', 'runExecutionToken'] as const;

/** Only what a user writes; what the server fills in is taken from no request. */
function written(job: Job): JobContent {
  const { labels, annotations, client, clientVersion, launchStage, binaryAuthorization, template } = job;
  return { labels, annotations, client, clientVersion, launchStage, binaryAuthorization, template };
}

/**
 * What a request says a job should be, with the defaults filled in.
 *
 * @param faults what is already known to be wrong with the request
 * @throws RpcError INVALID_ARGUMENT naming every fault, UNIMPLEMENTED for a setting that is not served
 */
export function jobContent(job: Job, faults: readonly string[] = []): JobContent {
  const unserved = UNSERVED.filter((field) => job[field]);
  if (unserved.length > 0)
    throw new RpcError(status.UNIMPLEMENTED, `Job.${unserved.join(', Job.')} is not served here.`);
  const content = written(job);
  const all = [...faults, ...jobFaults(content)];
  if (all.length > 0) throw invalid(all);
  return withDefaults(content);
}
