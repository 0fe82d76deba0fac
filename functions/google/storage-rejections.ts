import { names } from '../core/object-names.ts';
import { parseRecord } from '../core/record.ts';
import { rejectionSchema } from '../core/rejection.ts';
import type { Rejections } from '../ports/rejections.ts';
import type { JsonObjects } from './json-objects.ts';

export function storageRejections(control: JsonObjects): Rejections {
  return {
    keep: async (rejection) => {
      await control.create(names.rejection(rejection.messageId), rejection);
    },
    find: async (messageId) => {
      const name = names.rejection(messageId);
      const stored = await control.read(name);
      return stored && parseRecord(rejectionSchema, stored.value, name);
    },
    withdraw: async (messageId) => {
      const stored = await control.read(names.rejection(messageId));
      if (stored !== undefined) await control.delete(names.rejection(messageId), stored.generation);
    },
    list: async (most) =>
      (await control.list(names.rejections, ({ name, text }) => parseRecord(rejectionSchema, text, name)))
        .sort((a, b) => (a.rejectedAt < b.rejectedAt ? 1 : -1))
        .slice(0, most),
  };
}
