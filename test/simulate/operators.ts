import { createHash } from 'node:crypto';
import type { Guard } from '../../functions/core/guard.ts';
import type { LedgerEntry } from '../../functions/core/ledger-entry.ts';
import { names } from '../../functions/core/object-names.ts';
import { FORMAT_VERSION } from '../../functions/core/record.ts';
import type { Tenant } from '../../functions/core/tenant.ts';
import { topics } from '../../functions/core/topics.ts';
import { forge, squat } from './forgers.ts';
import type { StoredObject } from './model/buckets.ts';
import { buckets } from './model/names.ts';
import type { Published } from './model/pubsub.ts';
import { recordOf, type World } from './model/world.ts';

/** One run of a scenario, and what its operators remember. */
export type Stage = {
  world: World;
  runtimes: readonly string[];
  promotions: Published[];
  maxRetries: number;
};

type Act = { weight: number; act: (stage: Stage, id: string) => void };

/** Everything that people do to a fleet, and how often in comparison. */
export const deeds = {
  promote: { weight: 6, act: (stage, id) => publishPromotion(stage, id, promotion(stage, id)) },
  scopedPromote: {
    weight: 4,
    act: (stage, id) => publishPromotion(stage, id, { ...promotion(stage, id), tenants: someTenants(stage, id) }),
  },
  expectingPromote: {
    weight: 2,
    act: (stage, id) => {
      const expectedRevision = stage.world.fate.whole(`${id} expects`, 0, 3);
      publishPromotion(stage, id, { ...promotion(stage, id), expectedRevision });
    },
  },
  modePromote: {
    weight: 2,
    act: (stage, id) => {
      const launch = stage.world.fate.pick(`${id} mode`, ['verify', 'none']);
      publishPromotion(stage, id, { ...promotion(stage, id), rollout: { launch } });
    },
  },
  wrongPromote: { weight: 2, act: (stage, id) => publishPromotion(stage, id, wrongPromotion(stage, id)) },
  promoteTwice: { weight: 3, act: promoteTwice },
  promoteLate: { weight: 3, act: promoteLate },
  promoteEarly: { weight: 2, act: promoteEarly },
  bombPromote: { weight: 1, act: (stage, id) => publishPromotion(stage, id, promotion(stage, id, 'bomb')) },
  overwriteTar: {
    weight: 2,
    act: ({ world }, id) => {
      const tar = someTar(world, id);
      if (tar !== undefined) world.buckets.put(buckets.environments, tar.name, `${tar.body} overwritten by ${id}`);
    },
  },
  hold: { weight: 3, act: (stage, id) => put(stage, names.hold(...someTenant(stage, id))) },
  unhold: { weight: 3, act: (stage, id) => remove(stage, id, 'holds/') },
  freeze: {
    weight: 3,
    act: (stage, id) => put(stage, names.freeze(stage.world.fate.pick(`${id} what`, ['all', ...stage.runtimes]))),
  },
  unfreeze: { weight: 3, act: (stage, id) => remove(stage, id, 'freezes/') },
  relaunch: { weight: 4, act: relaunch },
  recheck: { weight: 3, act: (stage, id) => recheck(stage, id, {}) },
  severalRechecks: {
    weight: 4,
    act: (stage, id) => {
      for (const part of ['a', 'b', 'c', 'd']) recheck(stage, `${id}${part}`, {});
    },
  },
  addTenant: {
    weight: 2,
    act: (stage, id) => addTenant(stage, stage.world.fate.pick(`${id} runtime`, stage.runtimes), id),
  },
  removeTenant: { weight: 2, act: removeTenant },
  deleteJob: {
    weight: 1,
    act: (stage, id) => {
      const [runtime, tenant] = someTenant(stage, id);
      stage.world.run.jobs.delete(jobOf(stage.world, runtime, tenant));
    },
  },
  /** Somebody deploys the job with another entrypoint: it ends well and says nothing. */
  foreignEntrypoint: {
    weight: 2,
    act: (stage, id) => {
      const job = stage.world.run.jobs.get(jobOf(stage.world, ...someTenant(stage, id)));
      if (job !== undefined) job.isForeign = !job.isForeign;
    },
  },
  lockdown: {
    weight: 2,
    act: (stage, id) =>
      setGuard(stage.world, (guard) =>
        stage.world.fate.chance(`${id} all`, 0.5)
          ? { ...guard, lockdown: true }
          : { ...guard, lockdownRuntimes: [stage.world.fate.pick(`${id} runtime`, stage.runtimes)] },
      ),
  },
  liftLockdown: { weight: 2, act: ({ world }) => liftLockdown(world) },
  revoke: {
    weight: 1,
    act: ({ world }, id) => {
      const tar = someTar(world, id);
      if (tar !== undefined)
        setGuard(world, (guard) => ({ ...guard, revokedDigests: [...guard.revokedDigests, digestOf(tar.body)] }));
    },
  },
  consoleRun: { weight: 5, act: consoleRun },
  cancel: {
    weight: 3,
    act: ({ world }, id) => {
      const open = [...world.run.executions.values()].filter((execution) => world.run.isRunning(execution));
      if (open.length > 0) world.run.cancel(world.fate.pick(`${id} which`, open));
    },
  },
  outage: {
    weight: 3,
    act: ({ world }, id) => {
      const service = world.fate.pick(`${id} service`, ['storage', 'run', 'pubsub']);
      world.outages.set(service, world.timeline.now + world.fate.between(`${id} length`, 2_000, 150_000));
    },
  },
  forget: {
    weight: 3,
    act: ({ world }, id) => {
      const over = [...world.run.executions.values()].filter((execution) => !world.run.isRunning(execution));
      for (const { name } of over) if (world.fate.chance(`${id} ${name}`, 0.5)) world.run.executions.delete(name);
    },
  },
  forge: { weight: 4, act: ({ world }, id) => forge(world, id) },
  squat: { weight: 3, act: ({ world }, id) => squat(world, id) },
  replayDeadLetters: { weight: 2, act: ({ world }, id) => replayDeadLetters(world, id) },
} satisfies Record<string, Act> as Record<string, Act> & { promote: Act };

export type Deed = string;

export function digestOf(body: string): `sha256:${string}` & Guard['revokedDigests'][number] {
  const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
  return digest as ReturnType<typeof digestOf>;
}

export function addTenant({ world, maxRetries }: Stage, runtime: string, tenant: string, region = 'r1'): void {
  const job = jobOf(world, runtime, tenant, region);
  world.register({ formatVersion: FORMAT_VERSION, runtime, tenant, job, wave: null }, maxRetries);
}

export function jobOf(world: World, runtime: string, tenant: string, region = 'r1'): string {
  const stored = world.buckets.get(buckets.control, names.tenant(runtime, tenant));
  if (stored !== undefined) return (JSON.parse(stored.body) as Tenant).job;
  return `projects/p1/locations/${region}/jobs/${runtime}-${tenant}`;
}

export function tenantsOf(world: World): Tenant[] {
  return world.buckets.list(buckets.control, names.allTenants).map(({ body }) => JSON.parse(body) as Tenant);
}

export function recheck({ world }: Stage, id: string, request: object): void {
  world.pubsub.publish(`${id}-recheck`, topics.fleetRecheck, JSON.stringify(request));
}

export function liftLockdown(world: World): void {
  setGuard(world, (guard) => ({ ...guard, lockdown: false, lockdownRuntimes: [] }));
}

export function liftFreezes(world: World): void {
  for (const { name } of world.buckets.list(buckets.control, names.freezes))
    world.buckets.delete(buckets.control, name);
}

/** As `pincast replay` would: published again under its first id and time. */
export function replayDeadLetters(world: World, id: string): void {
  const letters = world.pubsub.deadLetters.splice(0);
  letters.forEach((letter, index) => {
    const originalPublishTime = new Date(letter.publishedAt).toISOString().replace('Z', '000000Z');
    const attributes = { originalMessageId: letter.messageId, originalPublishTime, ...letter.attributes };
    world.pubsub.publish(`${id}-replay${index}`, letter.topic, letter.data, attributes);
  });
}

function publishPromotion(stage: Stage, id: string, event: object): void {
  stage.promotions.push(stage.world.pubsub.publish(id, topics.pinPromoted, JSON.stringify(event)));
}

function promotion({ world, runtimes }: Stage, id: string, body = 'tar'): Record<string, unknown> {
  const runtime = world.fate.pick(`${id} runtime`, runtimes);
  const object = `${runtime}/${world.fate.pick(`${id} tar`, ['1', '2', '3'])}${body === 'tar' ? '' : body}.tar`;
  const stored =
    world.buckets.get(buckets.environments, object) ??
    world.buckets.put(buckets.environments, object, `${body} ${object}`);
  return {
    runtime,
    environmentTarUrl: `gs://${buckets.environments}/${object}`,
    environmentTarDigest: digestOf(stored.body),
  };
}

function wrongPromotion(stage: Stage, id: string): object {
  const event = promotion(stage, id);
  return stage.world.fate.pick(`${id} fault`, [
    { ...event, environmentTarDigest: digestOf(`not ${id}`) },
    { ...event, tenants: ['nobody'] },
    { ...event, tenats: ['acme'] },
    { ...event, environmentTarUrl: 'gs://elsewhere/codex/1.tar' },
    { ...event, runtime: 'unknown' },
  ]);
}

/** CI that publishes again under the same id, as it was or with other content. */
function promoteTwice(stage: Stage, id: string): void {
  const promotionId = `promotion-${id}`;
  const event = { ...promotion(stage, id), promotionId };
  publishPromotion(stage, id, event);
  const second = stage.world.fate.chance(`${id} same`, 0.7) ? event : { ...promotion(stage, `${id}b`), promotionId };
  stage.world.timeline.after(stage.world.fate.between(`${id} second`, 0, 60_000), () =>
    publishPromotion(stage, `${id}b`, second),
  );
}

/** Published now, delivered after what is published meanwhile. */
function promoteLate(stage: Stage, id: string): void {
  const event = promotion(stage, id);
  stage.promotions.push(
    stage.world.pubsub.publish(id, topics.pinPromoted, JSON.stringify(event), {}, { delay: 100_000 }),
  );
}

/** For a tenant that is registered only when the message is delivered a second time. */
function promoteEarly(stage: Stage, id: string): void {
  const { world } = stage;
  const pin = promotion(stage, id);
  const event = { ...pin, tenants: [id] };
  const runtime = String(pin.runtime);
  const again = { again: world.fate.between(`${id} again`, 500, 40_000) };
  stage.promotions.push(world.pubsub.publish(id, topics.pinPromoted, JSON.stringify(event), {}, again));
  world.timeline.after(world.fate.between(`${id} registered`, 0, 40_000), () => addTenant(stage, runtime, id));
}

function relaunch(stage: Stage, id: string): void {
  const [runtime, tenant] = someTenant(stage, id);
  const isAll = stage.world.fate.chance(`${id} all`, 0.5);
  stage.world.watch.verdicts.wishes.add(`${runtime}/${isAll ? '*' : tenant}`);
  recheck(stage, id, { runtime, ...(isAll ? {} : { tenants: [tenant] }), relaunch: true });
}

/** Infrastructure takes the registration first, then the job. */
function removeTenant(stage: Stage, id: string): void {
  const { world } = stage;
  const [runtime, tenant] = someTenant(stage, id);
  const job = jobOf(world, runtime, tenant);
  if (world.buckets.get(buckets.control, names.tenant(runtime, tenant)) === undefined) return;
  world.buckets.delete(buckets.control, names.tenant(runtime, tenant));
  world.timeline.after(1_000, () => world.run.jobs.delete(job));
}

/** "Execute" in the console, or the job's own schedule: no environment is given. */
function consoleRun(stage: Stage, id: string): void {
  const { world } = stage;
  const job = jobOf(world, ...someTenant(stage, id));
  try {
    if (world.run.jobs.has(job)) world.run.run(job, {});
  } catch {
    world.note('the console is told that the quota is exhausted');
  }
}

function someTenant(stage: Stage, id: string): [string, string] {
  const known = tenantsOf(stage.world);
  if (known.length === 0) return [stage.runtimes[0] ?? 'codex', 'acme'];
  const { runtime, tenant } = stage.world.fate.pick(`${id} tenant`, known);
  return [runtime, tenant];
}

function someTar(world: World, id: string): StoredObject | undefined {
  const tars = world.buckets.list(buckets.environments, '');
  return tars.length === 0 ? undefined : world.fate.pick(`${id} tar`, tars);
}

function someTenants(stage: Stage, id: string): string[] {
  const { runtime } = promotion(stage, id);
  const known = tenantsOf(stage.world).filter((tenant) => tenant.runtime === runtime);
  const some = known.filter(({ tenant }) => stage.world.fate.chance(`${id} ${tenant}`, 0.5));
  return (some.length > 0 ? some : known.slice(0, 1)).map(({ tenant }) => tenant);
}

function put({ world }: Stage, name: string): void {
  world.buckets.put(buckets.control, name, '{}', undefined, recordOf('{}'));
}

function remove({ world }: Stage, id: string, prefix: string): void {
  const found = world.buckets.list(buckets.control, prefix);
  if (found.length > 0) world.buckets.delete(buckets.control, world.fate.pick(`${id} which`, found).name);
}

function setGuard({ buckets: stored }: World, change: (guard: Guard) => Guard): void {
  const guard = JSON.parse(stored.get(buckets.assignments, names.guard)?.body ?? '') as Guard;
  stored.put(buckets.assignments, names.guard, JSON.stringify(change(guard)));
}

export function entriesOf(world: World): LedgerEntry[] {
  return world.buckets.list(buckets.pins, '').map(({ body }) => JSON.parse(body) as LedgerEntry);
}
