import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SequenceList } from '../../../../infra/emulators/run/model/sequence-list.ts';

test('lists equal a plain array’s after any appends and deletions, from any position', () => {
  const steps = fc.array(fc.oneof(fc.constant('append' as const), fc.nat(200)), { maxLength: 300 });
  fc.assert(
    fc.property(steps, fc.nat(220), (all, before) => {
      const list = new SequenceList<number>();
      let plain: number[] = [];
      let last = 0;
      for (const step of all) {
        if (step === 'append') {
          last += 1;
          list.append(last, last);
          plain.push(last);
        } else {
          list.delete(step);
          plain = plain.filter((item) => item !== step);
        }
      }
      expect([...list.oldestFirst()]).toEqual(plain);
      expect([...list.newestFirst()]).toEqual(plain.toReversed());
      expect([...list.newestFirst(before)]).toEqual(plain.filter((item) => item < before).toReversed());
      expect(list.size).toBe(plain.length);
    }),
  );
});
