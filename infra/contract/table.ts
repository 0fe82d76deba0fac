import type { Deployment } from './deployment.ts';
import { grants } from './grants.ts';
import { resourceName } from './policies.ts';
import { principalName } from './principals.ts';

/** Who may do what, one row a grant, as Markdown. */
export function grantTable(deployment: Deployment): string {
  return markdownTable(
    ['principal', 'role', 'resource', 'condition'],
    grants(deployment).map(({ principal, role, resource, condition }) => [
      principalName(principal),
      role,
      `\`${resourceName(resource)}\``,
      condition === undefined ? '' : `\`${condition.expression}\``,
    ]),
  );
}

export function markdownTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  return [titles, titles.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |\n`).join('');
}
