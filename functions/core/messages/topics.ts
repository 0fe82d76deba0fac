export const topics = {
  pinPromoted: 'pin-promoted',
  fleetRecheck: 'fleet-recheck',
  receiptWritten: 'receipt-written',
} as const;
