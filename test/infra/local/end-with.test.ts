import { describe, expect, it } from 'vitest';
import { endWith } from '../../../infra/local/end-with.ts';

describe('endWith', () => {
  it('runs every end in the opposite order, even if one of them fails', async () => {
    const ended: string[] = [];
    const resources = new AsyncDisposableStack();
    await endWith(resources, async () => ended.push('first'));
    await endWith(resources, async () => {
      throw new Error('the second cannot end');
    });
    await endWith(resources, async () => ended.push('third'));
    await expect(resources.disposeAsync()).rejects.toThrow('the second cannot end');
    expect(ended).toEqual(['third', 'first']);
  });

  it('ends at once what finishes starting after the stop', async () => {
    let ended = false;
    const resources = new AsyncDisposableStack();
    await resources.disposeAsync();
    await endWith(resources, async () => {
      ended = true;
    });
    expect(ended).toBe(true);
  });
});
