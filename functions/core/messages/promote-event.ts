import * as v from 'valibot';
import { defaultRolloutPolicy, launchMode, type RolloutPolicy } from '../records/rollout-policy.ts';
import { type Digest, parseDigest } from '../values/digest.ts';
import { parseGsUrl } from '../values/gs-url.ts';
import { parseIdentifier, parseRuntime } from '../values/identifier.ts';
import { InvalidValueError, type Issue } from '../values/issues.ts';
import { describeValue, parseStrictJson } from '../values/strict-json.ts';

/** What a promoter declares, checked as far as its own text allows: `preparePromotion` checks it against the world. */
export type PromoteEvent = {
  runtime: string;
  environmentTarUrl: string;
  environmentTarDigest: Digest;
  tenants?: string[];
  expectedRevision?: number;
  promotionId?: string;
  promotedBy?: string;
  reason?: string;
  rollout: RolloutPolicy;
};

export type ParsedPromoteEvent = { ok: true; event: PromoteEvent } | { ok: false; issues: Issue[] };

const runtime = checked(parseRuntime);
const identifier = checked(parseIdentifier);
const note = (most: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(most));

const schema = v.strictObject({
  runtime,
  environmentTarUrl: checked(parseTarUrl),
  environmentTarDigest: checked(parseDigest),
  tenants: v.optional(
    v.pipe(
      v.array(identifier),
      v.minLength(1, 'names nobody; leave it out to promote every tenant'),
      v.maxLength(10_000),
      v.check(
        (tenants) => repeated(tenants).length === 0,
        ({ input }) => `names a tenant more than once: ${repeated(input as string[]).join(', ')}`,
      ),
      v.transform((tenants) => [...tenants].sort()),
    ),
  ),
  expectedRevision: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  promotionId: v.optional(note(200)),
  promotedBy: v.optional(note(200)),
  reason: v.optional(note(1_000)),
  rollout: v.optional(
    v.strictObject({
      waves: v.optional(v.pipe(v.array(v.string()), v.check(isEveryone, only('["100%"], everyone at once,')))),
      soakSeconds: v.optional(v.literal(0, only('0, since everyone is in one wave,'))),
      maxFailures: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
      launch: v.optional(launchMode),
      running: v.optional(v.literal('leave', only('"leave"'))),
    }),
  ),
});

const lenientSchema = v.object({
  runtime: v.fallback(v.optional(runtime), undefined),
  environmentTarUrl: v.fallback(v.optional(checked(parseTarUrl)), undefined),
  environmentTarDigest: v.fallback(v.optional(checked(parseDigest)), undefined),
  tenants: v.fallback(v.optional(v.array(identifier)), undefined),
});

/**
 * Reads the data of a `pin-promoted` message. Unknown fields are faults: a typo must never widen the blast radius.
 * Every fault is reported at once.
 */
export function parsePromoteEvent(text: string): ParsedPromoteEvent {
  const parsed = parseStrictJson(schema, text);
  if (!parsed.ok) return parsed;
  const { rollout, ...rest } = parsed.value;
  return { ok: true, event: { ...rest, rollout: { ...defaultRolloutPolicy, ...rollout } } };
}

/** What can be understood of an event that has faults, so that its other faults can be found and named with them. */
export function parsePartially(text: string): Partial<Pick<PromoteEvent, keyof typeof lenientSchema.entries>> {
  try {
    const result = v.safeParse(lenientSchema, JSON.parse(text));
    return result.success ? result.output : {};
  } catch {
    return {};
  }
}

function parseTarUrl(text: string): string {
  parseGsUrl(text);
  return text;
}

function isEveryone(waves: string[]): boolean {
  return waves.length === 1 && waves[0] === '100%';
}

function repeated(tenants: readonly string[]): string[] {
  const seen = new Set<string>();
  return tenants.filter((tenant) => {
    const isRepeated = seen.has(tenant);
    seen.add(tenant);
    return isRepeated;
  });
}

/** A value that the format knows and this version does not do yet. */
function only(available: string): (issue: v.BaseIssue<unknown>) => string {
  return ({ input }) => `only ${available} is available, got ${describeValue(input)}`;
}

function checked<T extends string>(parse: (text: string) => T): v.GenericSchema<unknown, T> {
  return v.pipe(
    v.string(),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      try {
        return parse(dataset.value);
      } catch (error) {
        if (!(error instanceof InvalidValueError)) throw error;
        addIssue({ message: error.message });
        return NEVER;
      }
    }),
  );
}
