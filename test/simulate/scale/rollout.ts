import { topics } from '#functions/core/messages/topics.ts';
import type { WireCall } from '../model/cloud/wire.ts';
import { buckets } from '../model/names.ts';
import type { World } from '../model/world.ts';
import { type Figure, figure } from './figure.ts';
import { calmWorld, onRequest, promote, QUOTA, tenantsOver } from './fleet.ts';

/** The scheduler does not know that a rollout is under way. */
const RECHECKS = [70, 170, 270];
const HOURS = 3_600_000;

/**
 * Promotes to every tenant, waits for every verdict, and measures time above the quota's minimum and calls.
 *
 * @param isDisturbed rechecks come meanwhile, and launch the same tenants: the time must not suffer.
 */
export async function measureRollout(count: number, regions: number, isDisturbed: boolean): Promise<Figure[]> {
  // One process of the receipt function spaces the requests for reconciles of all its deliveries.
  const world = calmWorld({ concurrency: 50 });
  for (const tenant of tenantsOver(count, regions)) world.register(tenant, 0);
  const calls = countCalls(world);
  const start = world.timeline.now;
  const cpu = process.cpuUsage();
  promote(world, 'codex');
  for (const seconds of isDisturbed ? RECHECKS : []) {
    world.timeline.at(start + seconds * 1000, () => {
      world.pubsub.publish(`tick${seconds}`, topics.fleetRecheck, '{}');
    });
  }
  await world.timeline.pass(start + 4 * HOURS, () => world.watch.violations.length > 0 || isOver(world, count));
  for (const { invariant, message } of world.watch.violations) throw new Error(`${invariant}: ${message}`);
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (Math.max(...calls.launchTimes) - start) / 1000;
  const ideal = (Math.ceil(count / regions / QUOTA) - 1) * 60;
  const adopted = count - unadopted(world, count);
  return [
    figure('tenants not adopted', count - adopted, 'tenants', 0),
    figure('simulated time from the promotion to the last jobs.run', seconds, 's'),
    figure('the least that the quota allows', ideal, 's'),
    figure('that is', ideal === 0 ? 1 : seconds / ideal, 'times the least', 1.05),
    figure('launches lost to a 429', calls.refused, 'launches', 0),
    figure(
      'calls for one tenant’s launch: claim, jobs.run, record',
      calls.ofLaunch / count,
      'calls a tenant',
      isDisturbed ? null : 3,
    ),
    figure('calls that all launches share: lists, launch times, controls', calls.shared / count, 'calls a tenant'),
    figure('calls for the verdict', calls.ofAdoption / count, 'calls a tenant', isDisturbed ? null : 2),
    // Read, write, and between them Cloud Run is asked until the execution has ended.
    figure('calls for the outcome', calls.ofOutcome / count, 'calls a tenant', isDisturbed ? null : 5),
    figure('CPU of the whole simulation', (user + system) / 1e6, 's'),
  ];
}

function countCalls(world: World) {
  const calls = { ofLaunch: 0, shared: 0, ofAdoption: 0, ofOutcome: 0, refused: 0, launchTimes: [] as number[] };
  onRequest(world, (call) => {
    const isReceipt = call.process.startsWith('receipt:');
    if (isReceipt && call.process.includes('-finished.json')) calls.ofOutcome++;
    else if (isReceipt) calls.ofAdoption++;
    else if (isOfLaunch(call)) calls.ofLaunch++;
    else calls.shared++;
    if (call.method === 'RunJob') calls.launchTimes.push(call.sentAt);
  });
  const { done } = world.network.observer;
  world.network.observer.done = (call, answer) => {
    if (call.method === 'RunJob' && answer instanceof Error) calls.refused++;
    done?.(call, answer);
  };
  return calls;
}

function isOfLaunch({ method, resource }: WireCall): boolean {
  const perTenant = [`${buckets.assignments}/codex/t`, `${buckets.control}/launches/`];
  return method === 'RunJob' || perTenant.some((prefix) => resource.startsWith(prefix));
}

function isOver(world: World, count: number): boolean {
  const isLate = world.timeline.steps % 2_000 === 0;
  return isLate && world.watch.launches.everMade.size >= count && unadopted(world, count) === 0;
}

/** Those without a proof, or whose workload has not been seen to end. */
function unadopted(world: World, count: number): number {
  const stored = world.buckets.list(buckets.assignments, 'codex/');
  const isDone = ({ body }: { body: string }) =>
    body.includes('"adoption":"ADOPTED"') && !body.includes('"state":"RUNNING"');
  return count - stored.filter(isDone).length;
}
