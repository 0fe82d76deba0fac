import { topics } from '#functions/core/messages/topics.ts';

/** The resource names of the embedded cloud; infra/gcp uses the same ones in Google Cloud. */
export const layout = {
  project: 'pincast-local',
  region: 'local',
  buckets: {
    pins: 'pincast-pins',
    assignments: 'pincast-assignments',
    control: 'pincast-control',
    receipts: 'pincast-receipts',
    results: 'pincast-results',
    environments: 'pincast-environments',
  },
  runtime: 'codex',
} as const;

export type LocalFunction = { name: string; source: string /** Absent: an HTTP function. */; topic?: string };

export const localFunctions = {
  fanOut: { name: 'fanOut', source: 'functions/fan-out.ts', topic: topics.pinPromoted },
  receipt: { name: 'receipt', source: 'functions/receipt.ts', topic: topics.receiptWritten },
  recheck: { name: 'recheck', source: 'functions/recheck.ts', topic: topics.fleetRecheck },
  status: { name: 'status', source: 'functions/status.ts' },
} as const satisfies Record<string, LocalFunction>;

export function topicPath(topic: string): string {
  return `projects/${layout.project}/topics/${topic}`;
}

export function deadLetterTopic(topic: string): string {
  return `${topic}-dead-letter`;
}

export function subscriptionName(topic: string): string {
  return `${topic}-push`;
}
