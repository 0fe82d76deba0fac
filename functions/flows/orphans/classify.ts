import pMap from 'p-map';
import { isLaunchId } from '../../core/launch/claim.ts';
import { type OrphanCandidates, type OwnExecution, orphanReason } from '../../core/orphans/detect.ts';
import type { OrphanedExecution } from '../../core/records/orphan-report.ts';
import type { Execution } from '../../core/values/execution.ts';
import type { Launches } from '../../ports/launcher.ts';
import type { Log } from '../../ports/system.ts';

type StrayDeps = { launches: Launches; log: Log };

const CONCURRENCY = 10;

/**
 * Which of the suspected executions nobody launched, as the records of launches tell. The oldest first: what there is no time for
 * is young enough for the next look.
 */
export async function classifyExecutions(
  runtime: string,
  { untracked: suspects, unregistered: ownerless }: OrphanCandidates,
  isLate: () => boolean,
  deps: StrayDeps,
): Promise<{ strays: OrphanedExecution[]; undecided: Map<string, Execution> }> {
  const undecided = new Map(suspects.map(({ execution }) => [execution.name, execution]));
  const strays = ownerless.map((one) => strayOf(one, `it runs, and ${one.tenant} is registered no more`));
  const decide = async (suspect: OwnExecution): Promise<void> => {
    if (isLate()) return;
    try {
      const why = orphanReason(suspect, await recordedFor(runtime, suspect, deps));
      undecided.delete(suspect.execution.name);
      if (why !== undefined) strays.push(strayOf(suspect, why));
    } catch (error) {
      deps.log.warn('launch record cannot be read now', { execution: suspect.execution.name, error: String(error) });
    }
  };
  await pMap([...suspects].reverse(), decide, { concurrency: CONCURRENCY });
  return { strays, undecided };
}

function strayOf({ execution, tenant }: OwnExecution, why: string): OrphanedExecution {
  return { execution: execution.name, tenant, createdAt: execution.createdAt, why };
}

async function recordedFor(
  runtime: string,
  { execution, tenant }: OwnExecution,
  { launches }: StrayDeps,
): Promise<string | undefined> {
  const { launchId } = execution;
  if (launchId === null || !isLaunchId(launchId)) return undefined;
  return (await launches.read(runtime, tenant, launchId))?.execution;
}
