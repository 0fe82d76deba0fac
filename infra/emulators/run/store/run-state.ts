import { type ExecutionState, isComplete, newExecutionState, putProgress, putTask } from '../model/execution-state.ts';
import { idOf, locationOf } from '../model/names.ts';
import type { ExecutionRecord, JobRecord } from '../model/records.ts';
import { SequenceList } from '../model/sequence-list.ts';
import type { Entry } from './entries.ts';

export type JobState = {
  record: JobRecord;
  executions: SequenceList<ExecutionState>;
  latest: ExecutionState | undefined;
  completed: number;
};

type LocationState = {
  jobs: SequenceList<JobState>;
  executions: SequenceList<ExecutionState>;
  unfinished: number;
};

/** All jobs and executions in memory, with the indexes that answer every call without a scan. */
export class RunState {
  readonly #jobs = new Map<string, JobState>();
  readonly #executions = new Map<string, ExecutionState>();
  readonly #executionsByUid = new Map<string, ExecutionState>();
  readonly #executionIds = new Set<string>();
  readonly #locations = new Map<string, LocationState>();
  #lastSequence = 0;

  job = (name: string): JobState | undefined => this.#jobs.get(name);
  execution = (name: string): ExecutionState | undefined => this.#executions.get(name);
  executionByUid = (uid: string): ExecutionState | undefined => this.#executionsByUid.get(uid);
  isExecutionId = (id: string): boolean => this.#executionIds.has(id);
  executions = (): Iterable<ExecutionState> => this.#executions.values();

  nextSequence(): number {
    return this.#lastSequence + 1;
  }

  location(name: string): LocationState {
    const known = this.#locations.get(name);
    if (known) return known;
    const location: LocationState = { jobs: new SequenceList(), executions: new SequenceList(), unfinished: 0 };
    this.#locations.set(name, location);
    return location;
  }

  apply(entry: Entry): void {
    switch (entry.kind) {
      case 'job':
        this.#putJob(entry.job);
        break;
      case 'job-deleted':
        this.#deleteJob(entry.name);
        break;
      case 'execution':
        this.#addExecution(entry.execution);
        break;
      case 'task':
        putTask(this.#known(entry.execution), entry.task);
        break;
      case 'progress':
        this.#putProgress(this.#known(entry.execution), entry);
        break;
      case 'execution-deleted':
        this.#deleteExecution(this.#known(entry.name));
        break;
      default:
        entry satisfies never;
    }
  }

  /** The fewest entries that make this state. Each list is in the order of creation, as replaying needs it. */
  *snapshot(): Generator<Entry> {
    for (const { jobs, executions } of this.#locations.values()) {
      for (const { record } of jobs.oldestFirst()) yield { kind: 'job', job: record };
      for (const { record, tasks, progress, updateTime } of executions.oldestFirst()) {
        yield { kind: 'execution', execution: record };
        for (const task of tasks)
          if (task.attempts > 0 || task.phase !== 'pending') yield { kind: 'task', execution: record.name, task };
        yield { kind: 'progress', execution: record.name, progress, at: updateTime };
      }
    }
  }

  #known(name: string): ExecutionState {
    const state = this.#executions.get(name);
    if (!state) throw new Error(`the journal changes the execution ${name}, which it never created`);
    return state;
  }

  #putJob(record: JobRecord): void {
    const known = this.#jobs.get(record.name);
    if (known) {
      known.record = record;
      return;
    }
    const job: JobState = { record, executions: new SequenceList(), latest: undefined, completed: 0 };
    this.#jobs.set(record.name, job);
    this.location(locationOf(record.name)).jobs.append(record.sequence, job);
    this.#lastSequence = Math.max(this.#lastSequence, record.sequence);
  }

  #deleteJob(name: string): void {
    const job = this.#jobs.get(name);
    if (!job) return;
    for (const execution of [...job.executions.oldestFirst()]) this.#deleteExecution(execution);
    this.location(locationOf(name)).jobs.delete(job.record.sequence);
    this.#jobs.delete(name);
  }

  #addExecution(record: ExecutionRecord): void {
    const state = newExecutionState(record);
    const location = this.location(locationOf(record.name));
    const job = this.#jobs.get(record.job);
    if (!job) throw new Error(`the journal runs the job ${record.job}, which it never created`);
    this.#executions.set(record.name, state);
    this.#executionsByUid.set(record.uid, state);
    this.#executionIds.add(idOf(record.name));
    location.executions.append(record.sequence, state);
    location.unfinished += 1;
    job.executions.append(record.sequence, state);
    job.latest = state;
    job.record = { ...job.record, executionCount: Math.max(job.record.executionCount, record.ordinal) };
    this.#lastSequence = Math.max(this.#lastSequence, record.sequence);
  }

  #putProgress(state: ExecutionState, { progress, at }: Extract<Entry, { kind: 'progress' }>): void {
    const before = isComplete(state);
    putProgress(state, progress, at);
    if (before || !isComplete(state)) return;
    this.location(locationOf(state.record.name)).unfinished -= 1;
    const job = this.#jobs.get(state.record.job);
    if (job) job.completed += 1;
  }

  #deleteExecution(state: ExecutionState): void {
    const { name, uid, sequence } = state.record;
    const location = this.location(locationOf(name));
    const job = this.#jobs.get(state.record.job);
    this.#executions.delete(name);
    this.#executionsByUid.delete(uid);
    this.#executionIds.delete(idOf(name));
    location.executions.delete(sequence);
    job?.executions.delete(sequence);
    if (!isComplete(state)) location.unfinished -= 1;
    else if (job) job.completed -= 1;
    if (job?.latest === state) job.latest = undefined;
  }
}
