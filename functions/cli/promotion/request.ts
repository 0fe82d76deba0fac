import { type PromoteEvent, parsePromoteEvent } from '../../core/messages/promote-event.ts';
import type { Issue } from '../../core/values/issues.ts';
import { readCount, readNames } from '../options.ts';

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

/** The data of a `pin-promoted` message. */
export type EventData = Record<string, unknown>;

export type PromoteRequest = {
  /** What is published. */
  data: EventData;
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

/** The event of a command line, unchecked. Numbers that cannot be read join `faults`. */
export function eventData(
  options: PromoteOptions,
  defaults: { promotionId: string; user: string },
  issues: Issue[],
): EventData {
  return withoutAbsent({
    runtime: options.runtime,
    tenants: readNames(options.tenants),
    expectedRevision: readCount(options.expectedRevision, '--expected-revision', issues),
    promotionId: options.promotionId ?? defaults.promotionId,
    promotedBy: options.by ?? defaults.user,
    reason: options.reason,
    rollout: rolloutOf(options, issues),
  });
}

/** The event as the fan-out will read it; everything that is wrong with it joins `faults`, in the command line's words. */
export function promoteRequest(unpinned: EventData, pinned: Pinned, issues: Issue[]): PromoteRequest | undefined {
  const data = withoutAbsent({ ...unpinned, ...pinned });
  const parsed = parsePromoteEvent(JSON.stringify(data));
  if (parsed.ok) return { data, event: { ...parsed.event, promotionId: String(unpinned.promotionId) } };
  issues.push(...parsed.issues.map(asArgumentIssue));
  return undefined;
}

/** A fault of the event's field as a fault of the argument that it came from. */
export function asArgumentIssue({ path, message }: Issue): Issue {
  const argument = ARGUMENTS[path] ?? (path.startsWith('tenants.') ? '--tenants' : path);
  const isAbsentDigest = argument === 'digest' && message === 'missing';
  return { path: argument, message: isAbsentDigest ? 'missing; `pincast digest FILE` prints it' : message };
}

function rolloutOf(options: PromoteOptions, issues: Issue[]): Record<string, unknown> | undefined {
  const maxFailures = readCount(options.maxFailures, '--max-failures', issues);
  const rollout = withoutAbsent({ launch: options.launch, maxFailures });
  return Object.keys(rollout).length > 0 ? rollout : undefined;
}

function withoutAbsent(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
