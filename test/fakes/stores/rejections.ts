import { formatRecord, parseRecord } from '#functions/core/records/codec.ts';
import { names } from '#functions/core/records/object-names.ts';
import { rejectionSchema } from '#functions/core/records/rejection.ts';
import type { Rejections } from '#functions/ports/ledger.ts';
import type { Gate } from '../gate.ts';
import type { ObjectStore } from './object-store.ts';

export function fakeRejections(control: ObjectStore, gate: Gate): Rejections {
  return {
    keep: (rejection) => {
      const name = names.rejection(rejection.messageId);
      return gate('rejections', 'keep', name, () => {
        control.create(name, formatRecord(rejection));
      });
    },
    find: (messageId) => {
      const name = names.rejection(messageId);
      return gate('rejections', 'find', name, () => {
        const stored = control.read(name);
        return stored && parseRecord(rejectionSchema, stored.text, name);
      });
    },
    withdraw: ({ messageId }) => {
      const name = names.rejection(messageId);
      return gate('rejections', 'withdraw', name, () => control.delete(name));
    },
    list: (most) =>
      gate('rejections', 'list', '', () =>
        control
          .list(names.rejections)
          .map(({ name, text }) => parseRecord(rejectionSchema, text, name))
          .sort((a, b) => (a.publishTime < b.publishTime ? 1 : -1))
          .slice(0, most),
      ),
  };
}
