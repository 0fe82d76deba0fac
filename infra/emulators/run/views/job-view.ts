import { type ExecutionState, isComplete, outcomeOf } from '../model/execution-state.ts';
import type { Job, JobRecord } from '../model/records.ts';
import { timestamp } from '../model/time.ts';

type Reference = NonNullable<Job['latestCreatedExecution']>;

const COMPLETED = {
  succeeded: 'EXECUTION_SUCCEEDED',
  failed: 'EXECUTION_FAILED',
  cancelled: 'EXECUTION_CANCELLED',
} as const;

/** Changes by users alone move it: an execution that ends must not make a caller's copy of the job stale. */
export const jobEtag = ({ uid, generation }: JobRecord): string => `"${uid.slice(0, 8)}/${generation}"`;

function completionStatus(state: ExecutionState): Reference['completionStatus'] {
  const outcome = outcomeOf(state);
  if (outcome) return COMPLETED[outcome];
  return state.progress.startTime ? 'EXECUTION_RUNNING' : 'EXECUTION_PENDING';
}

function reference(state: ExecutionState): Reference {
  return {
    name: state.record.name,
    createTime: timestamp(state.record.createTime),
    completionTime: isComplete(state) ? timestamp(state.progress.completionTime) : null,
    completionStatus: completionStatus(state),
  };
}

export function jobView(record: JobRecord, latest: ExecutionState | undefined): Job {
  const at = timestamp(record.updateTime);
  return {
    ...record.content,
    launchStage: record.content.launchStage || 'GA',
    name: record.name,
    uid: record.uid,
    generation: String(record.generation),
    createTime: timestamp(record.createTime),
    updateTime: at,
    creator: record.creator,
    lastModifier: record.creator,
    observedGeneration: String(record.generation),
    terminalCondition: { type: 'Ready', state: 'CONDITION_SUCCEEDED', lastTransitionTime: at },
    conditions: [],
    executionCount: record.executionCount,
    latestCreatedExecution: latest ? reference(latest) : null,
    reconciling: false,
    etag: jobEtag(record),
  };
}
