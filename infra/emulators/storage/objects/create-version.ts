import type { Service } from '../call/exchange.ts';
import { conditionNotMet } from '../errors.ts';
import { type Caller, demand } from '../model/permissions.ts';
import { checkPreconditions, type Preconditions } from '../model/preconditions.ts';
import type { BlobRef, Hashes, ObjectSettings, StoredObject } from '../model/records.ts';
import { type Change, nextGeneration } from '../model/state.ts';
import { requireBucket } from './lookups.ts';

/** An object about to be: its bytes are stored, its name is not yet taken. */
export type Draft = {
  bucket: string;
  name: string;
  settings: ObjectSettings;
  blob: BlobRef;
  hashes: Hashes;
  componentCount?: number;
  conditions: Preconditions;
  caller: Caller;
};

type Target = Pick<Draft, 'bucket' | 'name' | 'conditions' | 'caller'>;

/**
 * Makes the draft the live version, or throws and frees its bytes. Everything from the conditions to the commit happens in
 * one turn of the event loop: that is the whole of the atomicity that ifGenerationMatch promises.
 */
export function createVersion(
  service: Service,
  draft: Draft,
  alsoCommit?: (object: StoredObject) => Change,
): StoredObject {
  try {
    checkTarget(service, draft);
    const now = service.now();
    service.writeRate(`${draft.bucket}/${draft.name}`, now);
    const bucket = requireBucket(service.state, draft.bucket);
    const previous = bucket.live.get(draft.name);
    const object = versionOf(draft, nextGeneration(service.state, now), now);
    const archive = bucket.record.settings.versioning?.enabled ? { archivePrevious: now.toISOString() } : {};
    const also = alsoCommit ? [alsoCommit(object)] : [];
    service.commit({ kind: 'created', object, ...archive }, ...also);
    announce(service, object, previous, 'archivePrevious' in archive);
    return object;
  } catch (error) {
    service.blobs.free(draft.blob.id);
    throw error;
  }
}

/** Permission and conditions of a write to a name; asked before the bytes arrive, and again when they are there. */
export function checkTarget({ state }: Service, { bucket, name, conditions, caller }: Target): void {
  demand(state, caller, 'storage.objects.create', { bucket, name });
  const live = requireBucket(state, bucket).live.get(name);
  // Also who may not overwrite learns that a create lost; any other write to a taken name is an overwrite.
  if (live && conditions.generationMatch === 0) throw conditionNotMet('If-Match');
  if (live) demand(state, caller, 'storage.objects.delete', { bucket, name });
  checkPreconditions(conditions, live, 'write');
}

function versionOf(draft: Draft, generation: number, now: Date): StoredObject {
  const { bucket, name, settings, blob, hashes, componentCount } = draft;
  const time = now.toISOString();
  const parts = componentCount === undefined ? {} : { componentCount };
  return {
    bucket,
    name,
    generation,
    metageneration: 1,
    blob,
    hashes,
    settings,
    ...parts,
    timeCreated: time,
    updated: time,
  };
}

function announce(service: Service, object: StoredObject, previous: StoredObject | undefined, archived: boolean): void {
  const time = new Date(object.timeCreated);
  if (!previous) {
    service.notify({ type: 'OBJECT_FINALIZE', object, time });
    return;
  }
  const type = archived ? 'OBJECT_ARCHIVE' : 'OBJECT_DELETE';
  service.notify({ type, object: previous, time, overwrittenByGeneration: object.generation });
  service.notify({ type: 'OBJECT_FINALIZE', object, time, overwroteGeneration: previous.generation });
}
