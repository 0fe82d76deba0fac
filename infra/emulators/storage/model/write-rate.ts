import { StorageError } from '../errors.ts';

/** Refuses a write to an object that was written `perSecond` times within the last second. */
export type WriteRate = (object: string, now: Date) => void;

export const unlimitedWrites: WriteRate = () => {};

export function limitWrites(perSecond: number): WriteRate {
  const recent = new Map<string, number[]>();
  return (object, now) => {
    const since = now.getTime() - 1000;
    const times = (recent.get(object) ?? []).filter((time) => time > since);
    if (times.length >= perSecond) throw tooFast(object);
    if (recent.size > 10_000) recent.clear();
    recent.set(object, [...times, now.getTime()]);
  };
}

function tooFast(object: string): StorageError {
  const message =
    `The object ${object} exceeded the rate limit for object mutation operations (create, update, and delete). ` +
    'Please reduce your request rate.';
  return new StorageError(429, 'rateLimitExceeded', message, { extra: { domain: 'usageLimits' } });
}
