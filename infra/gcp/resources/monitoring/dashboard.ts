import * as gcp from '@pulumi/gcp';
import type { MetricId } from '../../../contract/alerts.ts';
import { deliveries } from '../../../contract/delivery.ts';
import type { Deployment } from '../../../contract/deployment.ts';
import { countOf, sumBy, undeliveredIn } from './alerts.ts';

type Chart = { title: string; filters: readonly string[] };

/** Monitoring divides a dashboard into 48 columns. */
const COLUMNS = 48;
const TILE = { width: 24, height: 16 };

const charts: readonly Chart[] = [
  { title: 'Promotions recorded and rejected', filters: counts('promotion-recorded', 'promotion-rejected') },
  { title: 'Executions launched, calls failed', filters: counts('launched', 'launch-failed') },
  { title: 'Fleets with a HALTED rollout', filters: counts('rollout-halted') },
  { title: 'Fleets with REFUSED or UNPROVEN tenants', filters: counts('tenant-refused', 'tenant-unproven') },
  { title: 'Fleets read by rechecks', filters: counts('fleet-status') },
  { title: 'Launches refused by the quota', filters: counts('launch-refused-by-quota') },
  {
    title: 'Messages waiting for a function',
    filters: [undeliveredIn(deliveries.map(({ subscription }) => subscription))],
  },
  {
    title: 'Dead letters',
    filters: [undeliveredIn(deliveries.map(({ deadLetterSubscription }) => deadLetterSubscription))],
  },
];

export function defineDashboard({ project }: Deployment, metrics: ReadonlyMap<MetricId, gcp.logging.Metric>): void {
  new gcp.monitoring.Dashboard(
    'dashboard/pincast',
    { project, dashboardJson: JSON.stringify(dashboard()) },
    { dependsOn: [...metrics.values()] },
  );
}

function dashboard(): object {
  const perRow = COLUMNS / TILE.width;
  const tiles = charts.map((chart, index) => ({
    ...TILE,
    xPos: (index % perRow) * TILE.width,
    yPos: Math.floor(index / perRow) * TILE.height,
    widget: { title: chart.title, xyChart: { dataSets: chart.filters.map(dataSet) } },
  }));
  return { displayName: 'Pincast', mosaicLayout: { columns: COLUMNS, tiles } };
}

function dataSet(filter: string): object {
  const isGauge = filter.includes('num_undelivered_messages');
  const aggregation = isGauge
    ? { alignmentPeriod: '60s', perSeriesAligner: 'ALIGN_MAX' }
    : sumBy(60, 'metric.label.runtime');
  return { plotType: 'LINE', timeSeriesQuery: { timeSeriesFilter: { filter, aggregation } } };
}

function counts(...ids: MetricId[]): string[] {
  return ids.map(countOf);
}
