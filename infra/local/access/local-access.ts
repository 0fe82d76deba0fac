import type { FaultSwitch } from '@pincast/emulators/faults';
import type { Access, Permission, Grant as StorageGrant } from '@pincast/emulators/storage';
import type { Deployment } from '../../contract/deployment.ts';
import { type Grant, grants, type Resource } from '../../contract/grants.ts';
import { resourceName } from '../../contract/policies.ts';
import { membersOf } from '../../contract/principals.ts';
import { roles } from '../../contract/roles.ts';
import { neededBy, projectOf } from './rpc-permissions.ts';

/** One permission that an identity used, or was refused. */
export type PermissionUse = { identity: string; permission: string; resource: string; granted: boolean };

/** Who may do what in the embedded cloud: the grants of `infra/contract`, enforced by the storage server and the fault switch. */
export class LocalAccess {
  readonly #granted = new Set<string>();
  readonly #onUse: (use: PermissionUse) => void;

  constructor(onUse: (use: PermissionUse) => void = () => undefined) {
    this.#onUse = onUse;
  }

  /** Adds a deployment's grants; granting again changes nothing. */
  add(deployment: Deployment, grantStorage: (grant: StorageGrant) => void): void {
    for (const grant of grants(deployment)) {
      for (const member of membersOf(grant.principal, deployment)) {
        const identity = member.replace(/^\w+:/, '');
        const storage = storageGrant(grant, identity);
        if (storage !== undefined) grantStorage(storage);
        else
          for (const permission of roles[grant.role].permissions)
            this.#granted.add(keyOf({ identity, permission, resource: resourceName(grant.resource) }));
      }
    }
  }

  /** Refuses with 403 what the caller was not granted. The owner may do everything; the storage server checks its own calls. */
  readonly check: FaultSwitch = ({ service, caller, method, resource }) => {
    if (caller === undefined || service === 'storage') return undefined;
    const needed = neededBy({ method, resource });
    if (needed === undefined) return { kind: 'status', status: 403 };
    const uses = needed.map((one) => ({ ...one, identity: caller, granted: this.#isGranted(caller, one) }));
    for (const use of uses) this.#onUse(use);
    return uses.every(({ granted }) => granted) ? undefined : { kind: 'status', status: 403 };
  };

  readonly onStorageAccess = ({ identity, permission, bucket, object, granted }: Access): void => {
    this.#onUse({ identity, permission, resource: `gs://${bucket}/${object}`, granted });
  };

  #isGranted(identity: string, { permission, resource }: { permission: string; resource: string }): boolean {
    const places = resource.startsWith('projects/') ? [resource, projectOf(resource)] : [resource];
    return places.some((place) => this.#granted.has(keyOf({ identity, permission, resource: place })));
  }
}

function keyOf({ identity, permission, resource }: Omit<PermissionUse, 'granted'>): string {
  return JSON.stringify([identity, permission, resource]);
}

/** Undefined for a grant on anything but objects. */
function storageGrant({ role, resource, condition }: Grant, identity: string): StorageGrant | undefined {
  if (resource.kind !== 'bucket' && resource.kind !== 'folder') return undefined;
  const permissions = roles[role].permissions as readonly string[] as Permission[];
  return { identity, bucket: resource.bucket, prefix: prefixOf(resource, condition), permissions };
}

function prefixOf(resource: Resource & { kind: 'bucket' | 'folder' }, condition: Grant['condition']): string {
  if (resource.kind === 'folder') return resource.folder;
  if (condition === undefined) return '';
  const [, object] =
    /^resource\.name == "projects\/_\/buckets\/[^/"]+\/objects\/([^"]+)"$/.exec(condition.expression) ?? [];
  if (object === undefined) throw new Error(`the embedded cloud cannot evaluate ${condition.expression}`);
  return object;
}
