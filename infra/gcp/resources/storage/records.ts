import { formatRecord, recordMetadata } from '../../../../functions/core/records/codec.ts';
import { openGuard } from '../../../../functions/core/records/guard.ts';
import { names } from '../../../../functions/core/records/object-names.ts';
import { recordKinds } from '../../../../functions/core/records/record-kinds.ts';
import type { Tenant } from '../../../../functions/core/records/tenant.ts';
import { FORMAT_VERSION } from '../../../../functions/core/values/schemas.ts';
import { type DeployedTenant, jobName } from '../../../contract/deployment.ts';

/** A stored record as an object: its bytes and metadata are those that functions/google/storage writes. */
export type RecordObject = { name: string; content: string; contentType: string; metadata: Record<string, string> };

export function guardObject(): RecordObject {
  return recordObject(names.guard, openGuard);
}

/** The registration that makes the control plane launch a tenant's job. */
export function registrationObject(deployed: DeployedTenant): RecordObject {
  const { runtime, tenant, wave = null } = deployed;
  const registration: Tenant = { formatVersion: FORMAT_VERSION, runtime, tenant, job: jobName(deployed), wave };
  return recordObject(recordKinds.tenant.nameOf(registration), registration);
}

function recordObject(name: string, record: object): RecordObject {
  const content = formatRecord(record);
  return { name, content, contentType: 'application/json', metadata: recordMetadata(content) };
}
