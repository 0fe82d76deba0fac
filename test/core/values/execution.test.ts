import { describe, expect, it } from 'vitest';
import { isSameExecution, isSameJob, parseJobName, withProjectOf } from '#functions/core/values/execution.ts';

const job = 'projects/fleet/locations/europe-west1/jobs/codex-acme';

describe('parseJobName', () => {
  it('parses a job’s name, and the job in an execution’s name', () => {
    const parts = { project: 'fleet', location: 'europe-west1', id: 'codex-acme' };
    expect(parseJobName(job)).toEqual(parts);
    expect(parseJobName(`${job}/executions/codex-acme-1`)).toEqual(parts);
  });
});

describe('isSameJob', () => {
  it.each([
    [job, true],
    [`${job}/executions/codex-acme-1`, true],
    ['projects/123456/locations/europe-west1/jobs/codex-acme', true],
    ['projects/other/locations/europe-west1/jobs/codex-acme', false],
    ['projects/fleet/locations/us-east1/jobs/codex-acme', false],
    ['projects/fleet/locations/europe-west1/jobs/codex-globex', false],
  ])('compares location and job, and a project’s number with no id: %s is %s', (other, is) => {
    expect(isSameJob(job, other)).toBe(is);
    expect(isSameJob(other, job)).toBe(is);
  });

  it('distinguishes two project numbers', () => {
    const number = (project: string) => `projects/${project}/locations/r/jobs/j`;
    expect(isSameJob(number('1'), number('2'))).toBe(false);
  });
});

describe('isSameExecution', () => {
  it('compares the execution beside its job', () => {
    expect(isSameExecution(`${job}/executions/a`, `${job}/executions/a`)).toBe(true);
    expect(isSameExecution(`${job}/executions/a`, `${job}/executions/b`)).toBe(false);
    expect(isSameExecution(`${job}/executions/a`, job)).toBe(false);
  });
});

it('withProjectOf spells an answer’s project as the caller did, and changes nothing else', () => {
  expect(withProjectOf('projects/123/locations/r', `${job}/executions/a`)).toBe(
    'projects/123/locations/europe-west1/jobs/codex-acme/executions/a',
  );
  expect(withProjectOf(job, '')).toBe('');
});
