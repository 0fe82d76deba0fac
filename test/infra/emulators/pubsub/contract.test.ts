import { describe, expect, test } from 'vitest';
import { startPubsub } from '../../../../infra/emulators/pubsub/server.ts';
import { openContract, type Subject } from './contract/contract.ts';
import { deadLettersContract } from './contract/dead-letters.ts';
import { publishingContract } from './contract/publishing.ts';
import { pullingContract } from './contract/pulling.ts';
import { pushingContract } from './contract/pushing.ts';
import { restContract } from './contract/rest.ts';
import { streamingContract } from './contract/streaming.ts';
import { subscriptionsContract } from './contract/subscriptions.ts';
import { topicsContract } from './contract/topics.ts';
import { findEmulator, startEmulator } from './google-emulator.ts';

const areas = {
  topics: topicsContract,
  publishing: publishingContract,
  subscriptions: subscriptionsContract,
  pulling: pullingContract,
  streaming: streamingContract,
  pushing: pushingContract,
  'dead letters': deadLettersContract,
  REST: restContract,
};

const found = findEmulator();
const missing = 'missing' in found;

const subjects: Subject[] = [
  { title: 'the embedded Pub/Sub', differs: false, start: () => startPubsub() },
  {
    title: missing ? `Google's emulator (skipped: ${found.missing})` : "Google's emulator",
    differs: true,
    start: () => (missing ? Promise.reject(new Error(found.missing)) : startEmulator(found.jar)),
  },
];

test("continuous integration has Google's emulator installed", () => {
  if (process.env.CI === 'true') expect(found).toHaveProperty('jar');
});

for (const subject of subjects) {
  // Most of the time goes into waiting for redeliveries: the tests do that side by side.
  describe.concurrent(subject.title, { skip: subject.differs && missing }, () => {
    const contract = openContract(subject);
    for (const [title, area] of Object.entries(areas)) describe(title, () => area(contract));
  });
}
