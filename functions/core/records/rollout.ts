/** The state of a revision among its tenants (docs/architecture.md, Rollouts). SOAKING and ABORTED come with waves. */
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
