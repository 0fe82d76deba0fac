import { expect, it } from 'vitest';
import type { Result } from '../../../infra/verify-cloud/runner/run-checks.ts';
import { verify } from '../../../infra/verify-cloud/verify.ts';
import { buildIo } from './build-io.ts';

const DECIDED = {
  'run-overrides': 'executions.get has the variables; executions.list finds the launch',
  'run-list-order': 'run in turn A1, B2, A3; listed one a page: A3, B2, A1',
  'run-deleted-job': /^NOT_FOUND|a list of 0 executions$/,
  'run-condition-delay': /^\d+\.\d s after/,
  'run-clock': /^at most \d\.\d{3} s/,
  'run-exit-code': 'a container that exits 7: FAILED, exit code 7',
  'run-exit-signal': 'FAILED, exit code null, signal SIGTERM',
  'run-command-missing': /^FAILED/,
  'run-variables': /CLOUD_RUN_EXECUTION/,
  'run-job-template': /^accepted a command of \d+ words/,
  'run-page-size': '105 of 105 executions in a page of 1,000',
  'run-limit': /^refused with 12 running: 8 RESOURCE_EXHAUSTED/,
  'run-rate': /^180 calls in .* then RESOURCE_EXHAUSTED$/,
  'storage-metadata': '7168 of 7168 bytes in the list',
  'storage-lost-create': 'the repetition: taken; the object is the first',
  'storage-notification': /^OBJECT_FINALIZE of acme/,
  'pubsub-deadline': 'times delivered: 1; answered after 12 s',
  'pubsub-push-token': /^audience http:\S+, account push@/,
  'pubsub-replay': /2026-01-02T03:04:05\.678\+00:00$/,
  'pubsub-dead-letter': /^after 5 deliveries/,
  'iam-absent-object': 'an existing object: HTTP 200; an absent one: HTTP 403',
  'iam-absent-object-listed': 'an existing object: HTTP 200; an absent one: HTTP 404',
};

it('the emulators fulfil each assumption that they model, and leave the others unknown', async () => {
  const io = buildIo();
  expect(await verify(['--local', '--json'], io)).toBe(3);
  const { checks, notDeleted } = JSON.parse(io.stdout.join('')) as { checks: Result[]; notDeleted: string[] };
  const decided = checks.filter(({ state }) => state !== 'unknown');
  expect(decided.map(({ id, state }) => [id, state])).toEqual(Object.keys(DECIDED).map((id) => [id, 'holds']));
  for (const [id, observed] of Object.entries(DECIDED)) {
    expect(decided.find((check) => check.id === id)?.observed, id).toMatch(observed);
  }
  for (const { id, state, observed } of checks) {
    if (state === 'unknown') expect(observed, id).toMatch(/emulator|cannot be caused|Pulumi/);
  }
  expect(notDeleted).toEqual([]);
});
