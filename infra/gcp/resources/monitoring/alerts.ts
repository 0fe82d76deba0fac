import * as gcp from '@pulumi/gcp';
import type * as pulumi from '@pulumi/pulumi';
import { type AlertRule, alertRules, logMetrics, type MetricId } from '../../../contract/alerts.ts';
import type { Deployment } from '../../../contract/deployment.ts';

/** Monitoring closes an incident this long after the last data, at least 30 minutes. */
const AUTO_CLOSE = '1800s';

/** The log-based metrics by id. */
export function defineMetrics({ project }: Deployment): Map<MetricId, gcp.logging.Metric> {
  return new Map(
    logMetrics.map(({ id, description, filter }) => [
      id,
      new gcp.logging.Metric(`metric/${id}`, {
        project,
        name: `pincast/${id}`,
        description,
        filter,
        metricDescriptor: {
          metricKind: 'DELTA',
          valueType: 'INT64',
          unit: '1',
          labels: [{ key: 'runtime', valueType: 'STRING' }],
        },
        labelExtractors: { runtime: 'EXTRACT(jsonPayload.runtime)' },
      }),
    ]),
  );
}

/** Without notification channels the incidents show in Monitoring only. */
export function defineAlerts(
  { project }: Deployment,
  { notificationChannels }: { notificationChannels: readonly string[] },
  metrics: ReadonlyMap<MetricId, gcp.logging.Metric>,
): void {
  for (const rule of alertRules) {
    new gcp.monitoring.AlertPolicy(
      `alert/${rule.anchor}`,
      {
        project,
        displayName: `Pincast: ${rule.title}`,
        combiner: 'OR',
        severity: rule.severity,
        conditions: [conditionOf(rule)],
        notificationChannels: [...notificationChannels],
        alertStrategy: { autoClose: AUTO_CLOSE },
        documentation: {
          mimeType: 'text/markdown',
          content: `${rule.meaning}\n\nWhat to do: docs/runbook.md, section \`${rule.anchor}\`.`,
        },
      },
      { dependsOn: metricOf(rule, metrics) },
    );
  }
}

/** A policy that names a metric which does not exist yet is refused. */
function metricOf({ condition }: AlertRule, metrics: ReadonlyMap<MetricId, gcp.logging.Metric>): pulumi.Resource[] {
  const used = condition.kind === 'undelivered' ? undefined : metrics.get(condition.metric);
  return used === undefined ? [] : [used];
}

type Condition = gcp.types.input.monitoring.AlertPolicyCondition;

function conditionOf({ title, condition }: AlertRule): Condition {
  const duration = `${condition.forSeconds}s`;
  switch (condition.kind) {
    case 'above':
      return {
        displayName: title,
        conditionThreshold: {
          filter: countOf(condition.metric),
          comparison: 'COMPARISON_GT',
          thresholdValue: condition.threshold,
          duration,
          aggregations: [sumBy(condition.periodSeconds, 'metric.label.runtime')],
          trigger: { count: 1 },
        },
      };
    case 'absent':
      return {
        displayName: title,
        conditionAbsent: {
          filter: countOf(condition.metric),
          duration,
          aggregations: [sumBy(60)],
          trigger: { count: 1 },
        },
      };
    case 'undelivered':
      return {
        displayName: title,
        conditionThreshold: {
          filter: undeliveredIn(condition.subscriptions),
          comparison: 'COMPARISON_GT',
          thresholdValue: 0,
          duration,
          aggregations: [{ alignmentPeriod: '60s', perSeriesAligner: 'ALIGN_MAX' }],
          trigger: { count: 1 },
        },
      };
    default:
      return condition satisfies never;
  }
}

export function sumBy(periodSeconds: number, ...groupByFields: string[]) {
  return {
    alignmentPeriod: `${periodSeconds}s`,
    perSeriesAligner: 'ALIGN_DELTA',
    crossSeriesReducer: 'REDUCE_SUM',
    groupByFields,
  };
}

export function countOf(id: MetricId): string {
  return `metric.type="logging.googleapis.com/user/pincast/${id}" AND resource.type="cloud_run_revision"`;
}

export function undeliveredIn(subscriptions: readonly string[]): string {
  const names = subscriptions.map((name) => `"${name}"`).join(', ');
  return [
    'metric.type="pubsub.googleapis.com/subscription/num_undelivered_messages"',
    'resource.type="pubsub_subscription"',
    `resource.label.subscription_id=one_of(${names})`,
  ].join(' AND ');
}
