import { randomInt } from 'node:crypto';
import { idOf, projectOf } from '../model/names.ts';
import type { ExecutionRecord, ExecutionTemplate, JobRecord } from '../model/records.ts';

const SUFFIX_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 5;

/** The `creator` of every execution: this server does not tell callers apart. */
export const creatorOf = (name: string): string => `embedded-cloud@${projectOf(name)}.iam.gserviceaccount.com`;

/** `J-xxxxx`, without vowels as Kubernetes makes its names; ids are unique on the whole server, as folders of logs are named for them. */
export function executionName(job: string, isTaken: (id: string) => boolean): string {
  for (;;) {
    const letters = Array.from({ length: SUFFIX_LENGTH }, () => SUFFIX_ALPHABET[randomInt(SUFFIX_ALPHABET.length)]);
    const id = `${idOf(job)}-${letters.join('')}`;
    if (!isTaken(id)) return `${job}/executions/${id}`;
  }
}

export type NewExecution = { name: string; sequence: number; createTime: string };

/** @param template the job's, with the overrides merged in */
export function newExecution(job: JobRecord, template: ExecutionTemplate, made: NewExecution): ExecutionRecord {
  const taskCount = template.taskCount || 1;
  return {
    ...made,
    uid: crypto.randomUUID(),
    job: job.name,
    ordinal: job.executionCount + 1,
    creator: creatorOf(job.name),
    labels: { ...template.labels },
    annotations: { ...template.annotations },
    taskCount,
    parallelism: Math.min(template.parallelism || taskCount, taskCount),
    template: template.template ?? {},
  };
}
