import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Delivery } from '../../../../infra/emulators/pubsub/queue/delivery.ts';
import { Queue } from '../../../../infra/emulators/pubsub/queue/queue.ts';
import type { PubsubMessage } from '../../../../infra/emulators/pubsub/resources/resources.ts';

function message(id: number, orderingKey = ''): PubsubMessage {
  return { messageId: String(id), publishTime: 0, data: Buffer.from(`m${id}`), attributes: {}, orderingKey };
}

/** A queue on a clock that the test moves. */
function buildQueue({ ordered = false, delay = 0, dropAfter = Number.POSITIVE_INFINITY } = {}) {
  let now = 0;
  const failures: [string, number][] = [];
  const queue = new Queue(
    {
      ordered: () => ordered,
      onFailure: ({ messageId }, count) => {
        failures.push([messageId, count]);
        return count >= dropAfter ? 'drop' : delay;
      },
    },
    () => now,
  );
  const take = (messages = 100, perKey = 1) => queue.take({ messages, perKey, leaseMilliseconds: 1_000 });
  return { queue, failures, take, pass: (milliseconds: number) => (now += milliseconds) };
}

const ids = (deliveries: Delivery[]) => deliveries.map(({ message: { messageId } }) => messageId);

describe('Queue', () => {
  test('gives every message once, oldest first, until it is acknowledged', () => {
    const { queue, take } = buildQueue();
    for (const id of [1, 2, 3]) queue.add(message(id));
    const first = take(2);
    expect([ids(first), ids(take()), ids(take())]).toEqual([['1', '2'], ['3'], []]);
    queue.acknowledge(first.map(({ ackId }) => ackId));
    expect([...queue.unacknowledged()].map((each) => each.message.messageId)).toEqual(['3']);
  });

  test('gives a message again after its deadline, and counts a failure', () => {
    const { queue, take, pass, failures } = buildQueue();
    queue.add(message(1));
    take();
    pass(999);
    expect(take()).toEqual([]);
    pass(1);
    expect(take()).toMatchObject([{ attempt: 2 }]);
    expect(failures).toEqual([['1', 1]]);
  });

  test('a moved deadline counts, in either direction', () => {
    const { queue, take, pass } = buildQueue();
    queue.add(message(1));
    queue.add(message(2));
    const [one, two] = take();
    queue.modifyDeadline(one?.ackId ?? '', 5_000);
    queue.modifyDeadline(two?.ackId ?? '', 100);
    pass(100);
    expect(ids(take())).toEqual(['2']);
    pass(4_800);
    expect(ids(take())).toEqual(['2']);
    pass(100);
    expect(ids(take())).toEqual(['1']);
  });

  test('a late acknowledgement counts until the message is delivered again', () => {
    const { queue, take, pass } = buildQueue();
    queue.add(message(1));
    const [first] = take();
    pass(1_000);
    const [second] = take();
    queue.acknowledge([first?.ackId ?? '']);
    expect(queue.size).toBe(1);
    pass(1_000);
    queue.acknowledge([second?.ackId ?? '']);
    expect(queue.size).toBe(0);
  });

  test('a refused message waits for its backoff, and others do not', () => {
    const { queue, take, pass } = buildQueue({ delay: 300 });
    queue.add(message(1));
    queue.modifyDeadline(take()[0]?.ackId ?? '', 0);
    queue.add(message(2));
    expect(ids(take())).toEqual(['2']);
    pass(299);
    expect(take()).toEqual([]);
    pass(1);
    expect(ids(take())).toEqual(['1']);
  });

  test('a message that left for the dead-letter topic is gone', () => {
    const { queue, take, failures } = buildQueue({ dropAfter: 2 });
    queue.add(message(1));
    for (let attempt = 0; attempt < 2; attempt += 1) queue.modifyDeadline(take()[0]?.ackId ?? '', 0);
    expect([queue.size, take(), failures]).toEqual([
      0,
      [],
      [
        ['1', 1],
        ['1', 2],
      ],
    ]);
  });

  test('an ordered queue gives one message per key, and a failure delays its key only', () => {
    const { queue, take, pass } = buildQueue({ ordered: true, delay: 300 });
    for (const [id, key] of [
      [1, 'a'],
      [2, 'a'],
      [3, 'b'],
      [4, 'b'],
    ] as const)
      queue.add(message(id, key));
    const [a, b] = take();
    expect([a?.message.messageId, b?.message.messageId, take()]).toEqual(['1', '3', []]);
    queue.modifyDeadline(a?.ackId ?? '', 0);
    queue.acknowledge([b?.ackId ?? '']);
    expect(ids(take())).toEqual(['4']);
    pass(300);
    expect(ids(take())).toEqual(['1']);
  });

  test('a refusal in a run of one key repeats the messages behind it', () => {
    const { queue, take } = buildQueue({ ordered: true });
    for (const id of [1, 2, 3]) queue.add(message(id, 'a'));
    const [first, second, third] = take(100, 100);
    queue.acknowledge([first?.ackId ?? '']);
    expect(take(100, 100)).toEqual([]);
    queue.modifyDeadline(second?.ackId ?? '', 0);
    const again = take(100, 100);
    expect(again.map(({ message: { messageId }, attempt }) => [messageId, attempt])).toEqual([
      ['2', 2],
      ['3', 1],
    ]);
    queue.acknowledge([third?.ackId ?? '']);
    expect(queue.size).toBe(2);
  });

  test('a take stops at its bytes, and gives the first message whatever its size', () => {
    const { queue } = buildQueue();
    for (const id of [1, 2, 3]) queue.add({ ...message(id), data: Buffer.alloc(100) });
    const take = (bytes: number) => queue.take({ messages: 10, bytes, leaseMilliseconds: 1_000 }).length;
    expect([take(150), take(1)]).toEqual([2, 1]);
  });

  test('listeners hear of a message, a refusal and a passed deadline', async () => {
    const queue = new Queue({ ordered: () => false, onFailure: () => 10 });
    let told = 0;
    queue.listen(() => {
      told += 1;
    });
    queue.add(message(1));
    await expect.poll(() => told).toBe(1);
    queue.modifyDeadline(queue.take({ messages: 1, leaseMilliseconds: 1_000 })[0]?.ackId ?? '', 0);
    await expect.poll(() => told).toBe(2);
    queue.take({ messages: 1, leaseMilliseconds: 10 });
    await expect.poll(() => told).toBe(3);
    queue.close();
  });

  test('a closed queue gives nothing and ends every delivery', () => {
    const { queue } = buildQueue();
    const ended: string[] = [];
    queue.add(message(1));
    queue.take({ messages: 1, leaseMilliseconds: 1_000, onEnd: ({ messageId }) => ended.push(messageId) });
    queue.close();
    expect([ended, queue.take({ messages: 1, leaseMilliseconds: 1_000 })]).toEqual([['1'], []]);
  });

  test('any sequence of calls loses nothing, gives nothing twice, and keeps each key’s order', () => {
    const step = fc.oneof(
      fc.record({ does: fc.constant('add' as const), key: fc.constantFrom('', 'a', 'b') }),
      fc.record({ does: fc.constant('take' as const), messages: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ does: fc.constantFrom('ack' as const, 'nack' as const), which: fc.nat(5) }),
      fc.record({ does: fc.constant('pass' as const), milliseconds: fc.integer({ min: 1, max: 600 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { queue, take, pass } = buildQueue({ ordered: true, delay: 50 });
        const kept = new Set<string>();
        const acknowledged: Record<string, number> = {};
        let open: Delivery[] = [];
        let added = 0;
        for (const each of steps) {
          if (each.does === 'add') {
            queue.add(message(++added, each.key));
            kept.add(String(added));
          } else if (each.does === 'pass') {
            pass(each.milliseconds);
          } else if (each.does === 'take') {
            const taken = take(each.messages);
            for (const {
              message: { messageId, orderingKey },
            } of taken) {
              expect(kept).toContain(messageId);
              if (orderingKey) expect(Number(messageId)).toBeGreaterThan(acknowledged[orderingKey] ?? 0);
            }
            open = [...open.filter((old) => !ids(taken).includes(old.message.messageId)), ...taken];
          } else {
            const delivery = open.splice(each.which, 1)[0];
            if (!delivery) continue;
            const before = queue.size;
            if (each.does === 'ack') queue.acknowledge([delivery.ackId]);
            if (each.does === 'nack') queue.modifyDeadline(delivery.ackId, 0);
            if (queue.size < before) {
              kept.delete(delivery.message.messageId);
              acknowledged[delivery.message.orderingKey] = Number(delivery.message.messageId);
            }
          }
          expect(queue.size).toBe(kept.size);
        }
        pass(100_000);
        const rest = new Set<string>();
        for (let round = 0; round <= added; round += 1) {
          const taken = take();
          for (const id of ids(taken)) rest.add(id);
          queue.acknowledge(taken.map(({ ackId }) => ackId));
          pass(100_000);
        }
        expect(rest).toEqual(kept);
        queue.close();
      }),
    );
  });
});
