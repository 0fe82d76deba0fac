import { describe, expect, it } from 'vitest';
import { buildAssignment } from '../fixtures/assignment.ts';
import { buildTenant, jobOfTenant } from '../fixtures/tenant.ts';
import { at } from '../fixtures/times.ts';
import { FakeCloud } from './fake-cloud.ts';
import { type Fault, InjectedError } from './gate.ts';
import { seededPick } from './seeded-pick.ts';
import { Stage } from './stage.ts';
import { ObjectStore } from './stores/object-store.ts';

describe('ObjectStore', () => {
  it('creates only absent objects, and replaces only the generation that was read', () => {
    const bucket = new ObjectStore();
    const created = bucket.create('a', '1');
    if (created === 'exists') expect.fail(created);
    expect(bucket.create('a', '2')).toBe('exists');
    expect(bucket.replace('a', '2', '0')).toBe('conflict');
    expect(bucket.replace('b', '2', created.generation)).toBe('conflict');
    expect(bucket.read('a')).toEqual({ text: '1', ...created });
    const replaced = bucket.replace('a', '3', created.generation);
    expect(bucket.read('a')).toEqual({ text: '3', ...(replaced as object) });
    expect(bucket.replace('a', '4', created.generation)).toBe('conflict');
  });

  it('never uses a generation twice, not even after a deletion', () => {
    const bucket = new ObjectStore();
    const first = bucket.create('a', '1');
    bucket.delete('a');
    expect(bucket.create('a', '1')).not.toEqual(first);
  });
});

describe('Stage', () => {
  it('advances time only when every actor waits, and wakes sleepers in order', async () => {
    const stage = new Stage(at(0));
    const story: string[] = [];
    const sleeper = async (name: string, seconds: number) => {
      await stage.turn();
      await stage.clock.sleep(seconds * 1000);
      story.push(`${name} at ${(stage.clock.now().getTime() - at(0).getTime()) / 1000}`);
    };
    await stage.play(sleeper('late', 5), sleeper('early', 2), sleeper('middle', 3));
    expect(story).toEqual(['early at 2', 'middle at 3', 'late at 5']);
  });

  it('plays the same story with the same picks, and others with other picks', async () => {
    const play = async (seed: number) => {
      const stage = new Stage(at(0), seededPick(seed));
      const story: number[] = [];
      const actor = async (name: number) => {
        for (let turn = 0; turn < 3; turn++) {
          await stage.turn();
          story.push(name);
        }
      };
      await stage.play(actor(1), actor(2), actor(3));
      return story.join('');
    };
    expect(await play(7)).toBe(await play(7));
    const stories = await Promise.all(Array.from({ length: 20 }, (_, seed) => play(seed)));
    expect(new Set(stories).size).toBeGreaterThan(10);
  });

  it('reports stuck actors, and run throws for one', async () => {
    const stage = new Stage(at(0));
    expect(await stage.play(new Promise(() => {}))).toEqual(['stuck']);
    await expect(stage.run(new Promise(() => {}))).rejects.toThrow('never answers');
    await expect(stage.run(Promise.reject(new InjectedError('x')))).rejects.toThrow('x');
  });
});

describe('FakeCloud with an injected fault', () => {
  const write = (fault: Fault) => {
    const cloud = new FakeCloud();
    const deps = cloud.connect('p', ({ nth }) => (nth === 1 ? fault : undefined));
    return { cloud, deps, written: deps.assignments.write(buildAssignment(), null) };
  };

  it.each<[Fault, string, boolean]>([
    [{ kind: 'throw', error: new InjectedError('no') }, 'rejected', false],
    [{ kind: 'lost', error: new InjectedError('no') }, 'rejected', true],
    [{ kind: 'slow', milliseconds: 1000 }, 'fulfilled', true],
    [{ kind: 'die' }, 'stuck', false],
    [{ kind: 'die-after' }, 'stuck', true],
  ])('%o leaves the call %s, with its effect done: %s', async (fault, status, isDone) => {
    const { cloud, written } = write(fault);
    const [end] = await cloud.play(written);
    expect(end === undefined || end === 'stuck' ? end : end.status).toBe(status);
    expect(cloud.assignment('acme') !== undefined).toBe(isDone);
  });

  it('ends every call of the killed process, and none of another', async () => {
    const { cloud, deps, written } = write({ kind: 'die' });
    await cloud.play<unknown>(written);
    expect(await cloud.play(deps.ledgers.read('codex'))).toEqual(['stuck']);
    expect(await cloud.run(cloud.connect('other').ledgers.read('codex'))).toMatchObject({ entries: [] });
  });
});

describe('FakeJobs', () => {
  it('enforces both limits: runs per minute and running executions', () => {
    const cloud = new FakeCloud({ limits: { perMinute: 2, running: 3 } });
    cloud.register(buildTenant('acme'));
    const run = () => cloud.jobs.run({ job: jobOfTenant('acme'), env: {} });
    run();
    run();
    expect(run).toThrow('RESOURCE_EXHAUSTED');
    cloud.stage.advance(60_000);
    run();
    expect(run).toThrow('RESOURCE_EXHAUSTED');
    expect(cloud.jobs.executions()).toHaveLength(3);
  });
});
