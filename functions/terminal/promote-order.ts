import type { InputFault } from '../core/faults.ts';
import { type PromoteEvent, parsePromoteEvent } from '../core/promote-event.ts';
import { readCount, readNames } from './read-option.ts';

/** The options of `pincast promote` that end up in the event, as they were typed. */
export type PromoteOptions = {
  runtime?: string;
  tenants?: string;
  expectedRevision?: string;
  promotionId?: string;
  reason?: string;
  by?: string;
  launch?: string;
  maxFailures?: string;
};

export type Pinned = { environmentTarUrl: string; environmentTarDigest: string | undefined };

export type PromoteOrder = {
  /** What is published. */
  data: Record<string, unknown>;
  /** What the fan-out will read in it. */
  event: PromoteEvent & { promotionId: string };
};

const ARGUMENTS: Record<string, string> = {
  runtime: '--runtime',
  environmentTarUrl: 'environment',
  environmentTarDigest: 'digest',
  tenants: '--tenants',
  promotionId: '--promotion-id',
  promotedBy: '--by',
  reason: '--reason',
  'rollout.launch': '--launch',
};

/** The event of a command line; everything that is wrong with it joins `faults`, in the words of the command line. */
export function promoteOrder(
  pinned: Pinned,
  options: PromoteOptions,
  defaults: { promotionId: string; user: string },
  faults: InputFault[],
): PromoteOrder | undefined {
  const promotionId = options.promotionId ?? defaults.promotionId;
  const data = withoutAbsent({
    runtime: options.runtime,
    ...pinned,
    tenants: readNames(options.tenants),
    expectedRevision: readCount(options.expectedRevision, '--expected-revision', faults),
    promotionId,
    promotedBy: options.by ?? defaults.user,
    reason: options.reason,
    rollout: rolloutOf(options, faults),
  });
  const parsed = parsePromoteEvent(JSON.stringify(data));
  if (parsed.ok) return { data, event: { ...parsed.event, promotionId } };
  faults.push(...parsed.faults.map(({ path, message }) => ({ path: argumentOf(path), message })));
  return undefined;
}

function rolloutOf(options: PromoteOptions, faults: InputFault[]): Record<string, unknown> | undefined {
  const maxFailures = readCount(options.maxFailures, '--max-failures', faults);
  const rollout = withoutAbsent({ launch: options.launch, maxFailures });
  return Object.keys(rollout).length > 0 ? rollout : undefined;
}

function argumentOf(path: string): string {
  return ARGUMENTS[path] ?? (path.startsWith('tenants.') ? '--tenants' : path);
}

function withoutAbsent(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
