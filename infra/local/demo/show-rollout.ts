import { fleetTable } from '#functions/cli/output/fleet-table.ts';
import type { Output } from '#functions/cli/output/output.ts';
import { progressOn } from '#functions/cli/output/progress.ts';
import { progressStatus } from '#functions/cli/promotion/result.ts';
import type { PromotionProgress, RecordedPromotion } from '#functions/core/status/promotion-progress.ts';

export type RolloutScreen = {
  show(progress: PromotionProgress): void;
  /** Clears the view, so that other text may follow. */
  done(): void;
};

/** Terminal rows reserved for lines other than tenants. */
const OTHER_ROWS = 5;

/** A live table on a terminal; in a pipe a line for each new summary. */
export async function rolloutScreen(
  stream: NodeJS.WriteStream,
  output: Output,
  startedAt: number,
): Promise<RolloutScreen> {
  if (stream.isTTY) return liveTable(stream, output, startedAt);
  const progress = progressOn(output);
  return { show: (seen) => progress.show(progressStatus(seen), passed(startedAt)), done: progress.end };
}

/** Imports log-update only on a terminal, because every import slows the start. */
async function liveTable(stream: NodeJS.WriteStream, output: Output, startedAt: number): Promise<RolloutScreen> {
  const { createLogUpdate } = await import('log-update');
  const update = createLogUpdate(stream);
  return {
    show(progress) {
      const table = progress.kind === 'recorded' ? tableThatFits(progress, output, stream.rows ?? 24) : [];
      const status = `${passed(startedAt)}s  ${progressStatus(progress)}`.slice(0, output.columns);
      update([...table, '', status].join('\n'));
    },
    done: () => update.clear(),
  };
}

function tableThatFits({ tenants }: RecordedPromotion, output: Output, rows: number): string[] {
  const lines = fleetTable(tenants, new Date(), output);
  const most = Math.max(5, rows - OTHER_ROWS);
  return lines.length <= most ? lines : [...lines.slice(0, most), `… and ${lines.length - most} more lines`];
}

function passed(startedAt: number): number {
  return Math.floor((performance.now() - startedAt) / 1000);
}

export function seconds(startedAt: number): string {
  return `${((performance.now() - startedAt) / 1000).toFixed(2).padStart(7)}s`;
}
