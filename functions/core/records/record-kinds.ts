import { type Assignment, assignmentSchema } from './assignment.ts';
import type { RecordKind } from './codec.ts';
import { type LaunchRecord, launchRecordSchema } from './launch.ts';
import { type LedgerEntry, ledgerEntrySchema } from './ledger-entry.ts';
import { names } from './object-names.ts';
import { type OrphanReport, orphanReportSchema } from './orphan-report.ts';
import { type Rejection, rejectionSchema } from './rejection.ts';
import { type Tenant, tenantSchema } from './tenant.ts';

const entry: RecordKind<LedgerEntry> = {
  schema: ledgerEntrySchema,
  nameOf: ({ runtime, revision }) => names.pin(runtime, revision),
};
const assignment: RecordKind<Assignment> = {
  schema: assignmentSchema,
  nameOf: ({ runtime, tenant }) => names.assignment(runtime, tenant),
};
const tenant: RecordKind<Tenant> = {
  schema: tenantSchema,
  nameOf: (registration) => names.tenant(registration.runtime, registration.tenant),
};
const launch: RecordKind<LaunchRecord> = {
  schema: launchRecordSchema,
  nameOf: (record) => names.launch(record.runtime, record.tenant, record.launchId),
};
const orphans: RecordKind<OrphanReport> = {
  schema: orphanReportSchema,
  nameOf: ({ runtime }) => names.orphans(runtime),
};
const rejection: RecordKind<Rejection> = {
  schema: rejectionSchema,
  nameOf: ({ messageId }) => names.rejection(messageId),
};

const rejectionByTime: RecordKind<Rejection> = {
  schema: rejectionSchema,
  nameOf: ({ publishTime, messageId }) => names.rejectionByTime(publishTime, messageId),
};

/** Every kind of record whose name follows from its content. */
export const recordKinds = { entry, assignment, tenant, launch, orphans, rejection, rejectionByTime };
