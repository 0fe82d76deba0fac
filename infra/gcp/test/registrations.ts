import { parseNamedRecord, RECORD_KEY } from '../../../functions/core/records/codec.ts';
import { recordKinds } from '../../../functions/core/records/record-kinds.ts';
import type { Tenant } from '../../../functions/core/records/tenant.ts';
import { type Deployed, resource } from './mocks.ts';

/** A tenant's registration as a list call of the control plane reads it, from the object's metadata. */
export function parseTenantOf(deployed: Deployed, runtime: string, tenant: string): Tenant {
  const { name, metadata } = resource(deployed, 'storage/bucketObject', `registration/${runtime}/${tenant}`).inputs;
  const text = (metadata as Record<string, string>)[RECORD_KEY] ?? '';
  return parseNamedRecord(recordKinds.tenant, text, String(name));
}
