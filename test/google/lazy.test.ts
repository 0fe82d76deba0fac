import { describe, expect, it } from 'vitest';
import { lazy } from '#functions/google/lazy.ts';

describe('lazy', () => {
  it('loads once for overlapping and following calls', async () => {
    let loads = 0;
    const loaded = lazy(async () => ++loads);
    expect(await Promise.all([loaded(), loaded()])).toEqual([1, 1]);
    expect(await loaded()).toBe(1);
  });

  it('loads again after a failure', async () => {
    let loads = 0;
    const loaded = lazy(() => (++loads === 1 ? Promise.reject(new Error('no memory')) : Promise.resolve(loads)));
    await expect(Promise.all([loaded(), loaded()])).rejects.toThrow('no memory');
    expect(await loaded()).toBe(2);
    expect(await loaded()).toBe(2);
  });
});
