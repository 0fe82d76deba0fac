/**
 * The longest time that Pincast takes from a user: 7 days, Cloud Run's longest task timeout. A timer of Node fires at once
 * where it is given more than 24 days, and a date cannot hold every number.
 */
export const MAX_SECONDS = 604_800;
