import type { protos } from '@google-cloud/run';

type Timestamp = { seconds: string; nanos: number };

/** ISO 8601 → `google.protobuf.Timestamp`; nothing stays nothing. */
export function timestamp(iso: string | undefined): Timestamp | null {
  if (iso === undefined) return null;
  const milliseconds = Date.parse(iso);
  const seconds = Math.floor(milliseconds / 1000);
  return { seconds: String(seconds), nanos: (milliseconds - seconds * 1000) * 1_000_000 };
}

/** `google.protobuf.Duration` → milliseconds. */
export function milliseconds(duration: protos.google.protobuf.IDuration): number {
  return Number(String(duration.seconds ?? 0)) * 1000 + (duration.nanos ?? 0) / 1_000_000;
}
