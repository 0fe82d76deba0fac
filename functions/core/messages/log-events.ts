/** Log messages that an alert or a chart filters by (infra/contract/alerts.ts): renaming one here renames it there. */
export const logEvents = {
  /** A fleet as a reconcile found it: the fields of `FleetSummary`. */
  fleetStatus: 'fleet status',
  promotionRecorded: 'promotion recorded',
  promotionRejected: 'promotion rejected',
  launched: 'launched',
  /** Field `code`: LaunchErrorCode. */
  launchFailed: 'launch failed',
  objectUnreadable: 'stored object cannot be read',
} as const;
