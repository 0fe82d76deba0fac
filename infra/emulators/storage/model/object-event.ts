import type { StoredObject } from './records.ts';

export type EventType = 'OBJECT_FINALIZE' | 'OBJECT_METADATA_UPDATE' | 'OBJECT_DELETE' | 'OBJECT_ARCHIVE';

export const EVENT_TYPES: readonly EventType[] = [
  'OBJECT_FINALIZE',
  'OBJECT_METADATA_UPDATE',
  'OBJECT_DELETE',
  'OBJECT_ARCHIVE',
];

/** Something that happened to an object version; the two generations tell of the other side of an overwrite. */
export type ObjectEvent = {
  type: EventType;
  object: StoredObject;
  time: Date;
  overwroteGeneration?: number;
  overwrittenByGeneration?: number;
};
