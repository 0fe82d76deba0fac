import { logEvents } from '#functions/core/messages/log-events.ts';
import { deliveries, type MessageFunction } from './delivery.ts';

/** A metric that counts log lines, by the field `runtime`. */
export type LogMetric = {
  /** In Monitoring: `logging.googleapis.com/user/pincast/<id>`. */
  id: MetricId;
  description: string;
  /** Of the log lines of the functions, in Logging's query language. */
  filter: string;
};

export type MetricId =
  | 'fleet-status'
  | 'rollout-halted'
  | 'tenant-refused'
  | 'tenant-unproven'
  | 'object-unreadable'
  | 'launch-refused-by-quota'
  | 'launch-failed'
  | 'launched'
  | 'promotion-recorded'
  | 'promotion-rejected';

/** `anchor` is the section of docs/runbook.md. */
export type AlertRule = {
  anchor: string;
  title: string;
  /** What has happened when it fires, in one or two sentences. */
  meaning: string;
  severity: 'CRITICAL' | 'ERROR' | 'WARNING';
  condition:
    | { kind: 'above'; metric: MetricId; threshold: number; periodSeconds: number; forSeconds: number }
    | { kind: 'absent'; metric: MetricId; forSeconds: number }
    | { kind: 'undelivered'; subscriptions: readonly string[]; forSeconds: number };
};

/** A function logs under its own name. */
const RECHECK = `jsonPayload.component="${'recheck' satisfies MessageFunction}"`;

/** Functions of the second generation log as Cloud Run revisions. */
const FUNCTIONS = 'resource.type="cloud_run_revision"';

export const logMetrics: readonly LogMetric[] = [
  metric('fleet-status', 'Fleets that a recheck has read', logEvents.fleetStatus, RECHECK),
  metric('rollout-halted', 'Reads of a fleet with a HALTED rollout', logEvents.fleetStatus, 'jsonPayload.halted>0'),
  metric('tenant-refused', 'Reads of a fleet with REFUSED tenants', logEvents.fleetStatus, 'jsonPayload.refused>0'),
  metric('tenant-unproven', 'Reads of a fleet with UNPROVEN tenants', logEvents.fleetStatus, 'jsonPayload.unproven>0'),
  metric('object-unreadable', 'Stored objects that cannot be read', logEvents.objectUnreadable),
  metric(
    'launch-refused-by-quota',
    'Calls of jobs.run that the quota refused',
    logEvents.launchFailed,
    'jsonPayload.code="QUOTA"',
  ),
  metric(
    'launch-failed',
    'Launches that failed for another reason than the quota',
    logEvents.launchFailed,
    'jsonPayload.code!="QUOTA"',
  ),
  metric('launched', 'Executions launched', logEvents.launched),
  metric('promotion-recorded', 'Promotions recorded in the ledger', logEvents.promotionRecorded),
  metric('promotion-rejected', 'Promotions rejected', logEvents.promotionRejected),
];

const MINUTE = 60;
const HOUR = 3_600;

/**
 * Every alert. Rechecks report a fleet's state each minute, so an alert ends when its cause is removed.
 *
 * Rules with `forSeconds` 0 fire at the first report.
 */
export const alertRules: readonly AlertRule[] = [
  {
    anchor: 'rollout-halted',
    title: 'A rollout is HALTED',
    meaning: 'More tenants than maxFailures failed, and the others keep the pin that they have.',
    severity: 'CRITICAL',
    condition: above('rollout-halted', 0),
  },
  {
    anchor: 'tenant-refused',
    title: 'A sandbox refused its pin',
    meaning: 'A tenant is REFUSED: the digest, the archive or a policy stopped its run.',
    severity: 'CRITICAL',
    condition: above('tenant-refused', 0),
  },
  {
    anchor: 'tenant-unproven',
    title: 'A runtime has had UNPROVEN tenants for an hour',
    meaning:
      'Executions ended without a valid receipt. The metric is per runtime, so the tenants may have changed within the hour.',
    severity: 'ERROR',
    condition: { ...above('tenant-unproven', 0), periodSeconds: 10 * MINUTE, forSeconds: HOUR },
  },
  {
    anchor: 'dead-letters',
    title: 'A dead-letter subscription is not empty',
    meaning: 'A function failed ten times on a message; a promotion may be neither recorded nor rejected.',
    severity: 'CRITICAL',
    condition: {
      kind: 'undelivered',
      subscriptions: deliveries.map(({ deadLetterSubscription }) => deadLetterSubscription),
      forSeconds: 0,
    },
  },
  {
    anchor: 'recheck-silent',
    title: 'No recheck has read a fleet for 15 minutes',
    meaning: 'The safety net is down: lost receipts and interrupted launches are not found.',
    severity: 'CRITICAL',
    condition: { kind: 'absent', metric: 'fleet-status', forSeconds: 15 * MINUTE },
  },
  {
    anchor: 'object-unreadable',
    title: 'A stored object cannot be read',
    meaning:
      'An unreadable registration or assignment excludes its tenant; an unreadable ledger entry stops its runtime.',
    severity: 'ERROR',
    condition: above('object-unreadable', 0),
  },
  {
    anchor: 'launches-refused-by-quota',
    title: 'The quota refuses launches for half an hour',
    meaning: 'Another user of the quota, or executions that hang, keep Pincast from launching.',
    severity: 'WARNING',
    condition: { ...above('launch-refused-by-quota', 0), periodSeconds: 10 * MINUTE, forSeconds: 30 * MINUTE },
  },
  {
    anchor: 'launches-failing',
    title: 'Launches fail for half an hour',
    meaning:
      'A permission, the controls or Cloud Run keep tenants from being launched. They stay open: no rollout is HALTED by it.',
    severity: 'ERROR',
    // A tenant's attempts are up to 10 minutes apart, so each sum needs more.
    condition: { ...above('launch-failed', 0), periodSeconds: 20 * MINUTE, forSeconds: 30 * MINUTE },
  },
];

function metric(id: MetricId, description: string, message: string, ...conditions: string[]): LogMetric {
  const filter = [FUNCTIONS, `jsonPayload.message="${message}"`, ...conditions].join(' AND ');
  return { id, description, filter };
}

function above(id: MetricId, threshold: number) {
  return { kind: 'above', metric: id, threshold, periodSeconds: 5 * MINUTE, forSeconds: 0 } as const;
}
