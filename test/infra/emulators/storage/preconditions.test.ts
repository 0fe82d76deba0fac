import { expect, test } from 'vitest';
import { call, insertMedia, objectUrl } from './raw-calls.ts';
import { startWithBucket } from './start-test-storage.ts';

test('exactly one of fifty concurrent create-only writes wins, for every kind of upload', async () => {
  const { bucket } = await startWithBucket();
  for (const resumable of [false, true]) {
    const name = `race-${resumable}`;
    const preconditionOpts = { ifGenerationMatch: 0 };
    const writers = Array.from({ length: 50 }, (_, writer) =>
      bucket
        .file(name)
        .save(`writer ${writer}`, { resumable, preconditionOpts })
        .then(() => writer),
    );
    const outcomes = await Promise.allSettled(writers);
    const winners = outcomes.filter((outcome) => outcome.status === 'fulfilled').map((outcome) => outcome.value);
    const refusals = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(winners).toHaveLength(1);
    for (const { reason } of refusals) expect(Number(reason.code ?? reason.status)).toBe(412);
    expect((await bucket.file(name).download())[0].toString()).toBe(`writer ${winners[0]}`);
  }
});

test('exactly one of concurrent compare-and-set writes on a generation wins', async () => {
  const { server, bucket } = await startWithBucket();
  await bucket.file('a').save('start', { resumable: false });
  const generation = (await bucket.file('a').getMetadata())[0].generation;
  const writes = Array.from({ length: 20 }, (_, n) =>
    insertMedia(server.endpoint, 'a', `write ${n}`, `&ifGenerationMatch=${generation}`),
  );
  const statuses = (await Promise.all(writes)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  expect(statuses.filter((status) => status === 412)).toHaveLength(19);
});

const CASES: [string, 'GET' | 'PATCH' | 'DELETE' | 'POST', string, number][] = [
  ['ifGenerationMatch that holds', 'GET', 'ifGenerationMatch=G', 200],
  ['ifGenerationMatch that does not', 'GET', 'ifGenerationMatch=1', 412],
  ['ifGenerationNotMatch of the current generation', 'GET', 'ifGenerationNotMatch=G', 304],
  ['ifGenerationNotMatch of another generation', 'GET', 'ifGenerationNotMatch=1', 200],
  ['ifMetagenerationMatch that does not hold', 'GET', 'ifMetagenerationMatch=2', 412],
  ['ifMetagenerationNotMatch of the current one', 'GET', 'ifMetagenerationNotMatch=1', 304],
  ['ifGenerationMatch that does not hold', 'PATCH', 'ifGenerationMatch=1', 412],
  ['ifMetagenerationMatch that does not hold', 'PATCH', 'ifMetagenerationMatch=2', 412],
  ['ifMetagenerationNotMatch of the current one', 'PATCH', 'ifMetagenerationNotMatch=1', 412],
  ['ifMetagenerationMatch that holds', 'PATCH', 'ifMetagenerationMatch=1', 200],
  ['ifGenerationMatch that does not hold', 'DELETE', 'ifGenerationMatch=1', 412],
  ['ifMetagenerationMatch that does not hold', 'DELETE', 'ifMetagenerationMatch=2', 412],
  ['ifGenerationMatch that holds', 'DELETE', 'ifGenerationMatch=G', 204],
  ['ifMetagenerationMatch that does not hold', 'POST', 'ifMetagenerationMatch=7', 412],
  ['ifMetagenerationMatch that holds', 'POST', 'ifMetagenerationMatch=1', 200],
  ['ifGenerationNotMatch of the current generation', 'POST', 'ifGenerationNotMatch=G', 412],
];

test.each(CASES)('%s on %s (%s) answers %i', async (_title, method, condition, status) => {
  const { server, bucket } = await startWithBucket();
  const { json } = await insertMedia(server.endpoint, 'a', 'first');
  const conditions = condition.replace(/=G$/, `=${json.generation}`);
  const body = method === 'PATCH' ? { body: '{"metadata":{"k":"v"}}' } : {};
  const answer =
    method === 'POST'
      ? await insertMedia(server.endpoint, 'a', 'second', `&${conditions}`)
      : await call(objectUrl(server.endpoint, 'a', `?${conditions}`), { method, ...body });

  expect(answer.status).toBe(status);
  if (status === 412) {
    expect(answer.json.error).toMatchObject({
      code: 412,
      message: 'At least one of the pre-conditions you specified did not hold.',
      errors: [{ domain: 'global', reason: 'conditionNotMet', locationType: 'header' }],
    });
    const [after] = await bucket.file('a').getMetadata();
    expect(after).toMatchObject({ generation: json.generation, metageneration: '1', size: '5' });
  }
  if (status === 304) expect(answer.text).toBe('');
});

test('generations increase even when the clock stands still, and never repeat', async () => {
  const { server } = await startWithBucket({ now: () => new Date(1_700_000_000_000) });
  const generations: number[] = [];
  for (let n = 0; n < 5; n++) {
    generations.push(Number((await insertMedia(server.endpoint, 'a', 'x')).json.generation));
    await call(objectUrl(server.endpoint, 'a'), { method: 'DELETE' });
  }
  expect(generations[0]).toBe(1_700_000_000_000_000);
  expect(generations).toEqual([...new Set(generations)].sort((a, b) => a - b));
});

test('a condition that is not a number is refused with 400 and nothing is written', async () => {
  const { server, bucket } = await startWithBucket();
  const answer = await insertMedia(server.endpoint, 'a', 'x', '&ifGenerationMatch=abc');
  expect(answer.status).toBe(400);
  expect(answer.json.error.errors[0]?.reason).toBe('invalid');
  expect(await bucket.file('a').exists()).toEqual([false]);
});
