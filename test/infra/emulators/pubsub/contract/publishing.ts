import { test } from 'vitest';
import { topicWithSubscription } from '../pubsub-client.ts';
import { type Contract, invalid } from './contract.ts';

export function publishingContract(contract: Contract): void {
  test('message ids are unique and increase', async ({ expect }) => {
    const { name } = await topicWithSubscription(contract.the);
    const first = await contract.publish(name, [{ data: Buffer.from('1') }, { data: Buffer.from('2') }]);
    const second = await contract.publish(name, [{ data: Buffer.from('3') }]);
    const ids = [...first, ...second].map(Number);
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
    expect(ids).toHaveLength(3);
  });

  test('a message without data needs an attribute, and a request is published whole or not at all', async ({
    expect,
  }) => {
    const { name } = await topicWithSubscription(contract.the);
    await expect(contract.publish(name, [{ data: Buffer.from('good') }, {}])).rejects.toMatchObject(invalid);
    await expect(contract.publish(name, [])).rejects.toMatchObject(invalid);
    expect(await contract.the.pull(name)).toEqual([]);
    await contract.publish(name, [{ attributes: { only: 'me' } }]);
    expect(await contract.the.pull(name)).toMatchObject([{ data: '', attributes: { only: 'me' } }]);
  });

  test('more than 1,000 messages in a request are refused', async ({ expect }) => {
    const { name } = await topicWithSubscription(contract.the);
    const messages = Array.from({ length: 1_001 }, () => ({ data: Buffer.from('x') }));
    await expect(contract.publish(name, messages)).rejects.toMatchObject(invalid);
    expect(await contract.the.pull(name)).toEqual([]);
  });

  const tooMuch = {
    '101 attributes': { attributes: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`k${i}`, 'v'])) },
    'an attribute key of 257 bytes': { attributes: { ['k'.repeat(257)]: 'v' } },
    'an attribute value of 1,025 bytes': { attributes: { k: 'v'.repeat(1_025) } },
    'more than 10 MB of data': { data: Buffer.alloc(10_000_001) },
  };
  for (const [what, message] of Object.entries(tooMuch)) {
    contract.unless('limits', `a message with ${what} is refused`, async ({ expect }) => {
      const { name } = await topicWithSubscription(contract.the);
      await expect(contract.publish(name, [message])).rejects.toMatchObject(invalid);
      expect(await contract.the.pull(name)).toEqual([]);
    });
  }

  test('messages just within the limits arrive whole', async ({ expect }) => {
    const { name } = await topicWithSubscription(contract.the);
    const attributes = { ['k'.repeat(256)]: 'v'.repeat(1_024) };
    await contract.publish(name, [{ data: Buffer.alloc(9_000_000, 'x'), attributes }]);
    const [received] = await contract.the.pull(name);
    expect(received?.data.length).toBe(9_000_000);
    expect(received?.attributes).toEqual(attributes);
  });
}
