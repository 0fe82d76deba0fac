import { type Source, StorageError } from '#functions/ports/sandbox.ts';
import { buckets } from '../names.ts';
import type { World } from '../world.ts';
import type { Run } from './run.ts';

/** The environment's tar as it is stored, sometimes corrupted on the way. */
export function environmentSource(world: World, { process, wire }: Run, object: string): Source {
  const stored = () => {
    const found = world.buckets.get(buckets.environments, object);
    if (found === undefined) throw new StorageError('missing', `${object} is not there`);
    return found;
  };
  const request = <T>(method: string, effect: () => T) =>
    wire
      .request('storage', method, `${buckets.environments}/${object}`, () => attempt(effect))
      .then(unwrap, unavailable);
  return {
    stat: () =>
      request('objects.get', () => {
        const { generation, body, contentEncoding } = stored();
        return { generation, bytes: body.length, contentEncoding };
      }),
    read: async ({ generation }, { start }, sink) => {
      const body = await request('objects.media', () => {
        const found = stored();
        if (found.generation !== generation) throw new StorageError('missing', `generation ${generation} is gone`);
        return found.body;
      });
      await world.timeline.sleep(world.random.between(`${process} transfer`, 50, 2_000));
      const isCorrupt = world.faults.injects(`${process} corrupt`, 0.03);
      sink.begin(start);
      sink.take(Buffer.from((isCorrupt ? body.replace(/^./, '?') : body).slice(start)));
    },
  };
}

/** The model's servers answer with values; a store's own faults travel as such. */
function attempt<T>(effect: () => T): T | StorageError {
  try {
    return effect();
  } catch (error) {
    if (error instanceof StorageError) return error;
    throw error;
  }
}

function unwrap<T>(answer: T | StorageError): T {
  if (answer instanceof StorageError) throw answer;
  return answer;
}

function unavailable(error: unknown): never {
  throw new StorageError('unavailable', String(error));
}
