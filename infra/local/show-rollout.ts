import type { FleetView, TenantView } from '../../functions/core/fleet-view.ts';
import { countLine, pinLine, tenantLine } from './rollout-lines.ts';

export type RolloutScreen = {
  show(view: FleetView): void;
  /** Leaves the last picture where it is. */
  done(): void;
};

type Output = NodeJS.WriteStream;

/** A live table on a terminal; elsewhere a line whenever a tenant changes. */
export async function rolloutScreen(output: Output, startedAt: number): Promise<RolloutScreen> {
  return output.isTTY ? liveTable(output, startedAt) : plainLines(output, startedAt);
}

/** What only a terminal needs is loaded only there: every start counts. */
async function liveTable(output: Output, startedAt: number): Promise<RolloutScreen> {
  const { createLogUpdate } = await import('log-update');
  const update = createLogUpdate(output);
  const colour = !process.env.NO_COLOR;
  return {
    show(view) {
      const room = Math.max(5, (output.rows ?? 24) - 6);
      const shown = view.tenants.slice(0, room).map((tenant) => `  ${tenantLine(tenant, colour)}`);
      const hidden = view.tenants.length - shown.length;
      const rest = hidden > 0 ? [`  … and ${hidden} more`] : [];
      update([pinLine(view), '', ...shown, ...rest, '', `${seconds(startedAt)}  ${countLine(view)}`].join('\n'));
    },
    done: () => update.done(),
  };
}

function plainLines(output: Output, startedAt: number): RolloutScreen {
  const seen = new Map<string, string>();
  return {
    show(view) {
      for (const tenant of [...view.tenants].sort(byName)) {
        const line = tenantLine(tenant, false);
        if (seen.get(tenant.tenant) === line) continue;
        seen.set(tenant.tenant, line);
        output.write(`${seconds(startedAt)}  ${line}\n`);
      }
    },
    done: () => undefined,
  };
}

function byName(a: TenantView, b: TenantView): number {
  return a.tenant < b.tenant ? -1 : 1;
}

export function seconds(startedAt: number): string {
  return `${((performance.now() - startedAt) / 1000).toFixed(2).padStart(7)}s`;
}
