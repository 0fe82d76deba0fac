import { topics } from '#functions/core/messages/topics.ts';
import { handleReceipt } from '#functions/flows/adoption/handle-receipt.ts';
import { ReceiptPrompts } from '#functions/flows/adoption/receipt-prompts.ts';
import { handlePromotion } from '#functions/flows/promotion/promote.ts';
import { handleRecheck } from '#functions/flows/rollout/handle-recheck.ts';
import type { Cloud } from '#functions/google/cloud.ts';
import { type Published, received } from '../cloud/pubsub.ts';
import { Wire } from '../cloud/wire.ts';
import type { World } from '../world.ts';
import { type Instance, within } from './instances.ts';

/** The platform ends a function so long after the time that it stops by itself. */
const GRACE_MS = 60_000;

/** One delivery to the function that its topic belongs to, in one of its processes, which may be killed. */
export function invoke(world: World, message: Published, attempt: number): Promise<'acked' | 'failed'> {
  const process = `${message.id}/${attempt}`;
  const instance = world.instances.of(message.topic);
  return new Promise((resolve) => {
    const failed = () =>
      world.timeline.after(world.random.between(`${process} noticed`, 100, 5_000), () => resolve('failed'));
    const wire = new Wire({ process, instance: instance.name }, world.network, () => {
      world.instances.kill(message.topic, instance);
      failed();
    });
    instance.deliveries.add(wire);
    world.watch.began(wire, message);
    const ended = (then: () => void) => {
      instance.deliveries.delete(wire);
      instance.idleSince = world.timeline.now;
      if (!wire.isDead) world.watch.ended(wire);
      world.ended(wire, then);
    };
    const { functionSeconds } = world.config;
    const deadline = new Date(instance.cloud.clock.now().getTime() + functionSeconds * 1000);
    world.timeline.after(functionSeconds * 1000 + GRACE_MS, () => timeOut(world, wire, instance));
    within(wire, () => handle(world, message, instance, { ...instance.cloud, owner: process }, deadline)).then(
      () => ended(() => resolve('acked')),
      (error: unknown) => {
        world.note(`${process} failed: ${error instanceof AggregateError ? error.errors.join('; ') : String(error)}`);
        ended(failed);
      },
    );
  });
}

/** The platform ends the process of a delivery that does not end by itself. */
function timeOut(world: World, wire: Wire, instance: Instance): void {
  if (!instance.deliveries.has(wire) || wire.isDead) return;
  world.watch.overran(wire);
  wire.kill();
}

/** @param cloud the instance's, with the delivery's owner. */
function handle(world: World, message: Published, instance: Instance, cloud: Cloud, deadline: Date): Promise<void> {
  switch (message.topic) {
    case topics.pinPromoted:
      return handlePromotion(received(message), cloud, world.config, deadline);
    case topics.fleetRecheck:
      return handleRecheck(received(message), cloud, world.config, deadline);
    case topics.receiptWritten:
      return handleReceipt(received(message), { ...cloud, prompts: promptsOf(instance) }, world.config);
    default:
      throw new Error(`topic ${message.topic} has no subscriber`);
  }
}

const prompts = new WeakMap<Instance, ReceiptPrompts>();

/** One per process, as the receipt function has it. */
function promptsOf(instance: Instance): ReceiptPrompts {
  const own = prompts.get(instance) ?? new ReceiptPrompts(instance.cloud);
  prompts.set(instance, own);
  return own;
}
