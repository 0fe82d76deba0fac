import type { Assignments } from '../ports/assignments.ts';
import type { Clock } from '../ports/clock.ts';
import type { LaunchOrder } from './launch-one.ts';

export type Rivals = {
  /** A claim was lost: somebody else launches this fleet as well. */
  meet(): void;
  /** Whether the tenant's assignment is not the one any more that the launch was planned with. */
  haveTaken(order: LaunchOrder): boolean;
};

/** How long a look at all assignments is good for. */
const FRESH_MS = 2_000;

/**
 * Other passes over the same fleet. Once one is met, whom they have taken is found out by list calls: to lose claim after
 * claim would cost a call for each tenant, and the launch time that was reserved for it. Nobody waits for a further look,
 * during which launch times would lapse.
 */
export function rivalsIn(runtime: string, deps: { assignments: Assignments; clock: Clock }): Rivals {
  let isAlone = true;
  let lookedAt = 0;
  let seen: Map<string, string> | undefined;
  const look = () => {
    const now = deps.clock.now().getTime();
    if (isAlone || now - lookedAt <= FRESH_MS) return;
    lookedAt = now;
    generationsOf(runtime, deps.assignments).then(
      (generations) => {
        seen = generations;
      },
      // The claims themselves find out.
      () => undefined,
    );
  };
  const isTaken = ({ tenant, expected }: LaunchOrder) =>
    seen !== undefined && (seen.get(tenant.tenant) ?? null) !== expected;
  return {
    meet: () => {
      isAlone = false;
      look();
    },
    haveTaken: (order) => {
      look();
      return isTaken(order);
    },
  };
}

async function generationsOf(runtime: string, assignments: Assignments): Promise<Map<string, string>> {
  const { records } = await assignments.list(runtime);
  return new Map(records.map(({ value, generation }) => [value.tenant, generation]));
}
