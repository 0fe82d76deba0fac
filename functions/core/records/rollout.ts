/** How far a revision is among its tenants (architecture, "Rollouts"). SOAKING and ABORTED come with waves. */
export type RolloutState =
  | 'PENDING'
  | 'IN_PROGRESS'
  | 'SOAKING'
  | 'PAUSED'
  | 'HALTED'
  | 'ROLLED_BACK'
  | 'SUCCEEDED'
  | 'SUPERSEDED'
  | 'ABORTED';
