import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { defaultRetryPolicy } from '#functions/core/launch/retry-policy.ts';
import { logEvents } from '#functions/core/messages/log-events.ts';
import type { Assignment } from '#functions/core/records/assignment.ts';
import { failed, succeeded } from '#functions/core/values/outcome.ts';
import { reconcileFleet } from '#functions/flows/rollout/reconcile-fleet.ts';
import { LaunchError } from '#functions/ports/launcher.ts';
import { alertRules, logMetrics, type MetricId } from '../../../infra/contract/alerts.ts';
import { FakeCloud } from '../../fakes/fake-cloud.ts';
import type { FaultSwitch } from '../../fakes/gate.ts';
import { adoptedAssignment, buildAssignment } from '../../fixtures/assignment.ts';
import { buildEntry } from '../../fixtures/entry.ts';
import { buildTenant, jobOfTenant } from '../../fixtures/tenant.ts';

type LogEntry = { resource: { type: string }; jsonPayload: Record<string, unknown> };

/** The part of Logging's query language that the filters use: `path="text"`, `path!="text"`, `path>number`, AND. */
function matches(filter: string, entry: LogEntry): boolean {
  return filter.split(' AND ').every((term) => {
    const [, path = '', operator, value = ''] = /^([\w.]+?)(!=|=|>)(.+)$/.exec(term) ?? [];
    if (path === '') throw new Error(`the test cannot read the term ${term}`);
    const found = path.split('.').reduce<unknown>((from, key) => Object(from)[key], entry);
    if (operator === '>') return typeof found === 'number' && found > Number(value);
    return (JSON.stringify(found) === value) === (operator === '=');
  });
}

/** What a recheck of two tenants logs, as Cloud Logging stores it, and which metrics count it. */
async function countedAfter(assignments: readonly Assignment[], faults?: FaultSwitch): Promise<Set<MetricId>> {
  const cloud = new FakeCloud();
  cloud.register(buildTenant('acme'), buildTenant('globex'));
  cloud.record(buildEntry(1));
  cloud.assign(...assignments);
  return countedIn(cloud, faults);
}

async function countedIn(cloud: FakeCloud, faults?: FaultSwitch): Promise<Set<MetricId>> {
  const deadline = new Date(cloud.now().getTime() + 480_000);
  const request = { runtime: 'codex', relaunch: false, deadline };
  await cloud.run(reconcileFleet(request, cloud.connect('recheck', faults), defaultRetryPolicy));
  const entries = cloud.log.map(
    ({ message, fields }): LogEntry => ({
      resource: { type: 'cloud_run_revision' },
      jsonPayload: { component: 'recheck', ...fields, message },
    }),
  );
  const counted = logMetrics.filter(({ filter }) => entries.some((entry) => matches(filter, entry)));
  return new Set(counted.map(({ id }) => id));
}

const good = (tenant: string) => adoptedAssignment(tenant, { outcome: succeeded });
const reason = { code: 'DIGEST_MISMATCH', message: 'other bytes' };
const refused = buildAssignment('globex', { adoption: 'REFUSED', launchAttempt: 1, reason });
const unproven = buildAssignment('globex', {
  adoption: 'UNPROVEN',
  launchAttempt: 1,
  reason: { code: 'NO_RECEIPT', message: 'it left no receipt' },
});

describe('logMetrics', () => {
  it('count no trouble of a fleet in which everything succeeded', async () => {
    expect(await countedAfter([good('acme'), good('globex')])).toEqual(new Set(['fleet-status']));
  });

  it('count a refused tenant and its halted rollout', async () => {
    expect(await countedAfter([good('acme'), refused])).toEqual(
      new Set(['fleet-status', 'tenant-refused', 'rollout-halted']),
    );
  });

  it('count an unproven tenant and its halted rollout', async () => {
    expect(await countedAfter([good('acme'), unproven])).toEqual(
      new Set(['fleet-status', 'tenant-unproven', 'rollout-halted']),
    );
  });

  it('count a halted rollout whose workload failed', async () => {
    const failure = adoptedAssignment('globex', { outcome: failed(1, null) });
    expect(await countedAfter([good('acme'), failure])).toEqual(new Set(['fleet-status', 'rollout-halted']));
  });

  it.each([
    ['QUOTA', 'launch-refused-by-quota'],
    ['DENIED', 'launch-failed'],
    ['AMBIGUOUS', 'launch-failed'],
  ] as const)('count a launch, and one that ended with %s as %s', async (code, id) => {
    const isRefused: FaultSwitch = ({ port, method, about }) =>
      port === 'launcher' && method === 'run' && about === jobOfTenant('globex')
        ? { kind: 'throw', error: new LaunchError(code, about, 'refused') }
        : undefined;
    expect(await countedAfter([], isRefused)).toEqual(new Set(['fleet-status', 'launched', id]));
  });

  it('count an object that cannot be read', async () => {
    const cloud = new FakeCloud();
    cloud.register(buildTenant('acme'));
    cloud.record(buildEntry(1));
    cloud.assign(good('acme'));
    cloud.control.put('tenants/codex/hooli.json', '{"formatVersion":2}');
    expect(await countedIn(cloud)).toEqual(new Set(['fleet-status', 'object-unreadable']));
  });

  it('read the fields where the functions’ log writes them', () => {
    const log = new URL('../../../functions/host/log.ts', import.meta.url).href;
    const fields = '{ runtime: "codex", halted: 1, refused: 0, unproven: 2 }';
    const program = `(await import('${log}')).jsonLog('recheck').info('${logEvents.fleetStatus}', ${fields})`;
    const printed = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
      env: { LOG_LEVEL: 'info' },
      encoding: 'utf8',
    });
    const entry = { resource: { type: 'cloud_run_revision' }, jsonPayload: JSON.parse(printed) };
    const counted = logMetrics.filter(({ filter }) => matches(filter, entry)).map(({ id }) => id);
    expect(counted).toEqual(['fleet-status', 'rollout-halted', 'tenant-unproven']);
  });
});

describe('alertRules', () => {
  it('use metrics that exist, once each', () => {
    const ids = logMetrics.map(({ id }) => id);
    const used = alertRules.flatMap(({ condition }) => ('metric' in condition ? [condition.metric] : []));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining(used));
    expect(new Set(used).size).toBe(used.length);
  });

  it('each have a section of the runbook, and the runbook has no other', () => {
    const path = new URL('../../../docs/runbook.md', import.meta.url);
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    const sections = [...text.matchAll(/^## `([a-z-]+)`/gm)].map(([, anchor]) => anchor);
    expect(sections).toEqual(alertRules.map(({ anchor }) => anchor));
  });
});
