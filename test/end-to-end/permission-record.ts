import type { Deployment } from '../../infra/contract/deployment.ts';
import { type Grant, grants } from '../../infra/contract/grants.ts';
import { resourceName } from '../../infra/contract/policies.ts';
import { membersOf } from '../../infra/contract/principals.ts';
import { roles } from '../../infra/contract/roles.ts';
import type { PermissionUse } from '../../infra/local/access/local-access.ts';

/** What every identity used, each use once. */
export class PermissionRecord {
  readonly #uses = new Map<string, PermissionUse>();

  readonly add = (use: PermissionUse): void => {
    this.#uses.set(JSON.stringify(use), use);
  };

  has(identity: string, permission: string, inResource = ''): boolean {
    return [...this.#uses.values()].some(
      (use) => use.identity === identity && use.permission === permission && use.resource.includes(inResource),
    );
  }

  /** Uses that were refused, as `identity permission resource`. */
  refused(): string[] {
    return [...this.#uses.values()].filter(({ granted }) => !granted).map(describeUse);
  }

  /** Granted permissions that no call used, as `principal permission resource`; the jobs of all tenants count as one. */
  unused(deployment: Deployment): string[] {
    const granted = grants(deployment).flatMap((grant) =>
      roles[grant.role].permissions.map((permission) => ({ grant, permission })),
    );
    const used = new Set(
      granted.filter(({ grant, permission }) => this.#isUsed(grant, permission, deployment)).map(describe),
    );
    return [...new Set(granted.map(describe).filter((one) => !used.has(one)))].sort();
  }

  #isUsed(grant: Grant, permission: string, deployment: Deployment): boolean {
    return [...this.#uses.values()].some((use) => use.permission === permission && isOf(grant, use, deployment));
  }
}

function isOf(grant: Grant, { identity, resource }: PermissionUse, deployment: Deployment): boolean {
  const members = membersOf(grant.principal, deployment).map((member) => member.replace(/^\w+:/, ''));
  return members.includes(identity) && covers(grant, resource);
}

function covers({ resource, condition }: Grant, used: string): boolean {
  const name = resourceName(resource);
  if (resource.kind === 'folder') return used.startsWith(name);
  if (resource.kind !== 'bucket') return used === name;
  return condition === undefined
    ? used.startsWith(`${name}/`)
    : condition.expression.endsWith(`/objects/${used.slice(name.length + 1)}"`);
}

function describe({ grant, permission }: { grant: Grant; permission: string }): string {
  const { principal, resource, condition } = grant;
  const place = resource.kind === 'job' ? 'jobs' : resourceName(resource);
  const who = principal.kind === 'tenant' ? `tenant ${principal.tenant}` : principal.kind;
  return `${who} ${permission} ${place}${condition === undefined ? '' : ` (${condition.title})`}`;
}

function describeUse({ identity, permission, resource }: PermissionUse): string {
  return `${identity} ${permission} ${resource}`;
}
