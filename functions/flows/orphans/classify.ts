import pMap from 'p-map';
import { isLaunchId } from '../../core/launch/claim.ts';
import { type OrphanCandidates, type OwnExecution, orphanReason } from '../../core/orphans/detect.ts';
import type { OrphanedExecution } from '../../core/records/orphan-report.ts';
import type { Execution } from '../../core/values/execution.ts';
import type { Launches } from '../../ports/launcher.ts';
import type { Log } from '../../ports/system.ts';

type ClassifyDeps = { launches: Launches; log: Log };

const CONCURRENCY = 10;

/**
 * Finds the executions without a recorded launch among the candidates, by their launch records. It starts with the oldest,
 * because the youngest are still within the next scan.
 */
export async function classifyExecutions(
  runtime: string,
  { untracked, unregistered }: OrphanCandidates,
  isPastDeadline: () => boolean,
  deps: ClassifyDeps,
): Promise<{ orphaned: OrphanedExecution[]; undecided: Execution[] }> {
  const decide = async (candidate: OwnExecution): Promise<Decision> =>
    isPastDeadline() ? { candidate, isDecided: false } : decideOne(runtime, candidate, deps);
  const decisions = await pMap([...untracked].reverse(), decide, { concurrency: CONCURRENCY });
  return {
    orphaned: [
      ...unregistered.map((one) => orphanedExecution(one, `it runs, but ${one.tenant} is not registered`)),
      ...decisions.flatMap(({ candidate, why }) => (why === undefined ? [] : [orphanedExecution(candidate, why)])),
    ],
    undecided: decisions.filter(({ isDecided }) => !isDecided).map(({ candidate }) => candidate.execution),
  };
}

type Decision = { candidate: OwnExecution; isDecided: boolean; why?: string };

async function decideOne(runtime: string, candidate: OwnExecution, deps: ClassifyDeps): Promise<Decision> {
  try {
    const why = orphanReason(candidate, await recordedFor(runtime, candidate, deps));
    return { candidate, isDecided: true, ...(why !== undefined && { why }) };
  } catch (error) {
    deps.log.warn('launch record unreadable', { execution: candidate.execution.name, error: String(error) });
    return { candidate, isDecided: false };
  }
}

function orphanedExecution({ execution, tenant }: OwnExecution, why: string): OrphanedExecution {
  return { execution: execution.name, tenant, createdAt: execution.createdAt, why };
}

async function recordedFor(
  runtime: string,
  { execution, tenant }: OwnExecution,
  { launches }: ClassifyDeps,
): Promise<string | undefined> {
  const { launchId } = execution;
  if (launchId === null || !isLaunchId(launchId)) return undefined;
  return (await launches.read(runtime, tenant, launchId))?.execution;
}
