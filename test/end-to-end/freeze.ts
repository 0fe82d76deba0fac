import { names } from '#functions/core/records/object-names.ts';
import { JsonObjects } from '#functions/google/storage/json-objects.ts';
import { layout } from '../../infra/local/layout.ts';
import type { TestCloud } from './test-cloud.ts';

/** Freezes a runtime as an operator would; returns what lifts it. */
export async function freezeObject({ local }: TestCloud, runtime: string): Promise<() => Promise<void>> {
  const control = new JsonObjects(local.storage, layout.buckets.control);
  const created = await control.create(names.freeze(runtime), {
    formatVersion: 1,
    since: '2026-01-01T00:00:00Z',
    by: 'test',
  });
  if (created === 'exists') throw new Error(`${runtime} is frozen already`);
  return async () => {
    await control.delete(names.freeze(runtime), created.generation);
  };
}
