import { IDENTIFIER } from '../values/identifier.ts';
import { baseName, names } from './object-names.ts';

/** A stored object that is not what its name promises. It costs its own tenant a reconcile, and no other. */
export type Unreadable = { object: string; why: string };

/** What a list call found below a prefix. */
export type Listed<T> = { records: T[]; unreadable: Unreadable[] };

/** The tenants of a runtime whose registration or assignment is among these objects. */
export function unreadableTenants(runtime: string, unreadable: readonly Unreadable[]): Set<string> {
  const tenants = unreadable.map(({ object }) => ({ object, tenant: baseName(object) }));
  const isOwn = ({ object, tenant }: { object: string; tenant: string }) =>
    IDENTIFIER.test(tenant) && [names.tenant(runtime, tenant), names.assignment(runtime, tenant)].includes(object);
  return new Set(tenants.filter(isOwn).map(({ tenant }) => tenant));
}

/** Every tenant that has a registration, whether or not it can be read. */
export function registeredTenants(runtime: string, { records, unreadable }: Listed<{ tenant: string }>): Set<string> {
  return new Set([...records.map(({ tenant }) => tenant), ...unreadableTenants(runtime, unreadable)]);
}
