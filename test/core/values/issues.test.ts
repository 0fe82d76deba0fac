import { describe, expect, it } from 'vitest';
import {
  clipFaults,
  collectFault,
  describeFaults,
  type InputFault,
  UsageFault,
} from '#functions/core/values/issues.ts';

describe('faults', () => {
  it('are collected from parsers, and only theirs', () => {
    const faults: InputFault[] = [];
    const refuse = () => {
      throw new UsageFault('no');
    };
    expect(collectFault(faults, 'a', refuse)).toBeUndefined();
    expect(collectFault(faults, 'b', () => 5)).toBe(5);
    expect(faults).toEqual([{ path: 'a', message: 'no' }]);
    expect(() => collectFault(faults, 'c', () => JSON.parse('{'))).toThrow(SyntaxError);
    expect(describeFaults([...faults, { path: '', message: 'at all' }])).toBe('a: no; at all');
  });

  it('are kept as they are, as many as can be stored', () => {
    const few = [{ path: 'a', message: 'b' }];
    expect(clipFaults(few)).toEqual(few);
    const many = Array.from({ length: 100_000 }, () => ({ path: 'p'.repeat(5_000), message: 'm'.repeat(5_000) }));
    const clipped = clipFaults(many);
    expect(clipped).toHaveLength(201);
    expect(clipped.at(-1)).toEqual({ path: '', message: 'and 99800 more faults' });
    expect(JSON.stringify(clipped).length).toBeLessThan(1024 ** 2);
  });
});
