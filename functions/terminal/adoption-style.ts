import { ADOPTIONS, type Adoption, isFailure } from '../core/adoption.ts';
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

const plain: Paint = (_style, text) => text;

/** `1 REFUSED, 11 ADOPTED`, worst first. */
export function summarizeAdoptions(tenants: readonly { adoption: Adoption }[], paint: Paint = plain): string {
  const counted = ADOPTIONS.map((state) => ({
    state,
    count: tenants.filter(({ adoption }) => adoption === state).length,
  })).filter(({ count }) => count > 0);
  if (counted.length === 0) return 'no tenants';
  return counted.map(({ state, count }) => paint(adoptionStyle(state), `${count} ${state}`)).join(', ');
}
