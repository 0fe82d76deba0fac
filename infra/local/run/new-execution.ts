import { randomInt } from 'node:crypto';
import { idOf, projectOf } from './names.ts';
import type { ExecutionRecord, ExecutionTemplate, JobRecord } from './records.ts';

const SUFFIX_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 5;

/** Whoever calls is nobody in particular here: one account for all of them. */
export const creatorOf = (name: string): string => `embedded-cloud@${projectOf(name)}.iam.gserviceaccount.com`;

/** `J-xxxxx`, without vowels as Kubernetes makes its names; taken names are tried again. */
export function executionName(job: string, isTaken: (name: string) => boolean): string {
  for (;;) {
    const letters = Array.from({ length: SUFFIX_LENGTH }, () => SUFFIX_ALPHABET[randomInt(SUFFIX_ALPHABET.length)]);
    const name = `${job}/executions/${idOf(job)}-${letters.join('')}`;
    if (!isTaken(name)) return name;
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
