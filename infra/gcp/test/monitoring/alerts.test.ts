import { beforeAll, describe, expect, it } from 'vitest';
import { alertRules, logMetrics } from '../../../contract/alerts.ts';
import { type Deployed, deploy, ofType, resource } from '../fixtures/mocks.ts';
import { buildOddStack, buildStack } from '../fixtures/stacks.ts';

let small: Deployed;
let odd: Deployed;

beforeAll(async () => {
  small = await deploy(buildStack());
  odd = await deploy(buildOddStack());
});

const alert = (deployed: Deployed, anchor: string) => resource(deployed, 'monitoring/alertPolicy', `alert/${anchor}`);
const user = (id: string) => `metric.type="logging.googleapis.com/user/pincast/${id}"`;

describe('defineMetrics', () => {
  it('counts HALTED rollouts by runtime from the functions’ log', () => {
    expect(resource(small, 'logging/metric', 'pincast/rollout-halted').inputs).toEqual({
      project: 'acme-fleet',
      name: 'pincast/rollout-halted',
      description: 'Reads of a fleet with a HALTED rollout',
      filter: 'resource.type="cloud_run_revision" AND jsonPayload.message="fleet status" AND jsonPayload.halted>0',
      metricDescriptor: {
        metricKind: 'DELTA',
        valueType: 'INT64',
        unit: '1',
        labels: [{ key: 'runtime', valueType: 'STRING' }],
      },
      labelExtractors: { runtime: 'EXTRACT(jsonPayload.runtime)' },
    });
  });

  it('makes every metric of the contract', () => {
    const names = ofType(small, 'logging/metric').map(({ inputs }) => inputs.name);
    expect(names).toEqual(logMetrics.map(({ id }) => `pincast/${id}`));
  });
});

describe('defineAlerts', () => {
  it('fires at the first report of a HALTED rollout', () => {
    expect(alert(odd, 'rollout-halted').inputs).toEqual({
      project: 'acme-fleet',
      displayName: 'Pincast: A rollout is HALTED',
      combiner: 'OR',
      severity: 'CRITICAL',
      notificationChannels: ['projects/acme-fleet/notificationChannels/42'],
      alertStrategy: { autoClose: '1800s' },
      documentation: {
        mimeType: 'text/markdown',
        content: expect.stringContaining('docs/runbook.md, section `rollout-halted`'),
      },
      conditions: [
        {
          displayName: 'A rollout is HALTED',
          conditionThreshold: {
            filter: `${user('rollout-halted')} AND resource.type="cloud_run_revision"`,
            comparison: 'COMPARISON_GT',
            thresholdValue: 0,
            duration: '0s',
            aggregations: [
              {
                alignmentPeriod: '300s',
                perSeriesAligner: 'ALIGN_DELTA',
                crossSeriesReducer: 'REDUCE_SUM',
                groupByFields: ['metric.label.runtime'],
              },
            ],
            trigger: { count: 1 },
          },
        },
      ],
    });
  });

  it('fires when a runtime has had UNPROVEN tenants for an hour', () => {
    expect(alert(small, 'tenant-unproven').inputs.conditions).toMatchObject([
      { conditionThreshold: { thresholdValue: 0, duration: '3600s', aggregations: [{ alignmentPeriod: '600s' }] } },
    ]);
  });

  it('fires when no recheck has read a fleet for 15 minutes', () => {
    expect(alert(small, 'recheck-silent').inputs.conditions).toMatchObject([
      { conditionAbsent: { filter: expect.stringContaining(user('fleet-status')), duration: '900s' } },
    ]);
  });

  it('fires at the first message in any dead-letter subscription that the stack makes', () => {
    const made = ofType(small, 'pubsub/subscription').map(({ inputs }) => String(inputs.name));
    const dead = made.filter((name) => name.endsWith('-dead-letter-pull')).map((name) => `"${name}"`);
    const [condition] = alert(small, 'dead-letters').inputs.conditions as { conditionThreshold: object }[];
    expect(dead).toHaveLength(3);
    expect(condition?.conditionThreshold).toMatchObject({
      filter:
        'metric.type="pubsub.googleapis.com/subscription/num_undelivered_messages" AND ' +
        `resource.type="pubsub_subscription" AND resource.label.subscription_id=one_of(${dead.join(', ')})`,
      comparison: 'COMPARISON_GT',
      thresholdValue: 0,
      duration: '0s',
    });
  });

  it('makes every alert of the contract, after the metric that it names', () => {
    const made = ofType(small, 'monitoring/alertPolicy').map(({ name }) => name);
    expect(made.sort()).toEqual(alertRules.map(({ anchor }) => `alert/${anchor}`).sort());
    for (const { anchor, condition } of alertRules) {
      if ('metric' in condition) expect(alert(small, anchor).dependsOn).toContain(`metric/${condition.metric}`);
    }
  });

  it('notifies no channel when the stack has none', () => {
    for (const { inputs } of ofType(small, 'monitoring/alertPolicy')) expect(inputs.notificationChannels).toEqual([]);
  });
});

describe('defineDashboard', () => {
  it('draws only metrics that exist', () => {
    const { dashboardJson } = resource(small, 'monitoring/dashboard', 'dashboard/pincast').inputs;
    const used = [...String(dashboardJson).matchAll(/user\/pincast\/([a-z-]+)/g)].map(([, id]) => `pincast/${id}`);
    const made = ofType(small, 'logging/metric').map(({ inputs }) => inputs.name);
    expect(used.length).toBeGreaterThan(5);
    expect(made).toEqual(expect.arrayContaining(used));
  });

  it('places eight charts side by side within 48 columns', () => {
    const { dashboardJson } = resource(small, 'monitoring/dashboard', 'dashboard/pincast').inputs;
    const { mosaicLayout } = JSON.parse(String(dashboardJson)) as {
      mosaicLayout: { columns: number; tiles: { xPos: number; yPos: number; width: number; height: number }[] };
    };
    const places = mosaicLayout.tiles.map(({ xPos, yPos }) => `${xPos} ${yPos}`);
    expect(mosaicLayout.columns).toBe(48);
    expect(new Set(places).size).toBe(8);
    for (const { xPos, width } of mosaicLayout.tiles) expect(xPos + width).toBeLessThanOrEqual(48);
  });
});
