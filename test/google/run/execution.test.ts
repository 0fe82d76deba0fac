import { describe, expect, it } from 'vitest';
import { executionFrom } from '#functions/google/run/execution.ts';

const name = 'projects/p/locations/r/jobs/j/executions/j-1';
const time = { seconds: 1, nanos: 0 };

describe('executionFrom', () => {
  it.each([
    ['no condition and no completion time', {}, 'RUNNING'],
    ['a pending condition', { conditions: [{ type: 'Completed', state: 'CONDITION_PENDING' }] }, 'RUNNING'],
    [
      'a failed condition and no completion time',
      { conditions: [{ type: 'Completed', state: 'CONDITION_FAILED' }] },
      'FAILED',
    ],
    [
      'a succeeded condition and no completion time',
      { conditions: [{ type: 'Completed', state: 'CONDITION_SUCCEEDED' }] },
      'SUCCEEDED',
    ],
    [
      'a cancelled condition and no completion time',
      { conditions: [{ type: 'Completed', state: 'CONDITION_FAILED', executionReason: 'CANCELLED' }] },
      'CANCELLED',
    ],
    ['a failed other condition', { conditions: [{ type: 'Started', state: 'CONDITION_FAILED' }] }, 'RUNNING'],
    ['a completion time and no condition', { completionTime: time }, 'FAILED'],
  ] as const)('reads the outcome of an execution with %s', (_, wire, state) => {
    expect(executionFrom({ name, createTime: time, ...wire } as never, name).outcome.state).toBe(state);
  });

  it('spells the project as the caller did, although Cloud Run answers a number with the id', () => {
    const asked = 'projects/123/locations/r/jobs/j';
    expect(executionFrom({ name, createTime: time } as never, asked)).toMatchObject({
      name: 'projects/123/locations/r/jobs/j/executions/j-1',
      job: asked,
    });
  });
});
