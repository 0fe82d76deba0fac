import { topics } from '../../functions/core/topics.ts';

/** The names of everything in the embedded cloud, as infra/gcp names it in Google Cloud. */
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

export const localFunctions: readonly LocalFunction[] = [
  { name: 'fanOut', source: 'functions/fan-out.ts', topic: topics.pinPromoted },
  { name: 'receipt', source: 'functions/receipt.ts', topic: topics.receiptWritten },
  { name: 'recheck', source: 'functions/recheck.ts', topic: topics.fleetRecheck },
  { name: 'status', source: 'functions/status.ts' },
];

/** What the journey of a promotion needs, from its event to its first receipt. */
export const firstFunctions = localFunctions.filter(({ name }) => name === 'fanOut' || name === 'receipt');
export const otherFunctions = localFunctions.filter((definition) => !firstFunctions.includes(definition));

export function topicPath(topic: string): string {
  return `projects/${layout.project}/topics/${topic}`;
}

export function deadLetterTopic(topic: string): string {
  return `${topic}-dead-letter`;
}

export function subscriptionName(topic: string): string {
  return `${topic}-push`;
}
