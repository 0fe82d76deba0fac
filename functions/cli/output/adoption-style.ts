import { ADOPTIONS, type Adoption, isFailure } from '../../core/values/adoption.ts';
import type { Outcome } from '../../core/values/outcome.ts';
import type { Paint, Style } from './output.ts';

const STYLES: Partial<Record<Adoption, Style>> = {
  ADOPTED: 'green',
  LAUNCHING: 'cyan',
  RUNNING: 'cyan',
  STALE: 'yellow',
  NEVER_RAN: 'yellow',
};

export function adoptionStyle(adoption: Adoption): Style {
  return isFailure(adoption) ? 'red' : (STYLES[adoption] ?? 'dim');
}

const OUTCOME_STYLES: Record<Outcome['state'], Style> = {
  FAILED: 'red',
  CANCELLED: 'red',
  RUNNING: 'cyan',
  SUCCEEDED: 'green',
};
const OUTCOMES = Object.keys(OUTCOME_STYLES) as Outcome['state'][];

export function outcomeStyle({ state }: Outcome): Style {
  return OUTCOME_STYLES[state];
}

type Counted = { adoption: Adoption; outcome: Outcome | null };

const plain: Paint = (_style, text) => text;

/** `1 refused, 11 adopted, 11 workloads failed`: adoptions, failures first, then the outcomes of adopted tenants. */
export function summarizeTenants(tenants: readonly Counted[], paint: Paint = plain): string {
  if (tenants.length === 0) return 'no tenants';
  const adopted = tenants.filter(({ adoption }) => adoption === 'ADOPTED');
  const counts = [
    ...ADOPTIONS.map((state) => ({
      count: tenants.filter(({ adoption }) => adoption === state).length,
      what: words(state),
      style: adoptionStyle(state),
    })),
    ...OUTCOMES.map((state) => ({
      count: adopted.filter(({ outcome }) => outcome?.state === state).length,
      what: `workloads ${words(state)}`,
      style: OUTCOME_STYLES[state],
    })),
    {
      count: adopted.filter(({ outcome }) => outcome === null).length,
      what: 'workloads with an unknown outcome',
      style: 'yellow' as const,
    },
  ];
  return counts
    .filter(({ count }) => count > 0)
    .map(({ count, what, style }) =>
      paint(style, `${count} ${count === 1 ? what.replace(/^workloads/, 'workload') : what}`),
    )
    .join(', ');
}

function words(state: string): string {
  return state.toLowerCase().replaceAll('_', ' ');
}
