import { setTimeout as sleep } from 'node:timers/promises';
import { hasVariable, type RunningProcess, runningProcesses } from './process-table.ts';

/** How long a workload's remaining processes get after TERM, and again after KILL. */
const GRACE_MS = 1_000;
const CHECK_EVERY_MS = 20;

/** The processes that a workload started, and how to signal them. */
export type WorkloadProcesses = {
  /** The workload's first process, which leads a session and a group. */
  leader: number;
  /** True if every process of this PID namespace except this one and the init is the workload's. */
  ownsNamespace: boolean;
  /** An environment variable of only this workload's processes: `NAME=value`. */
  mark: string;
  asRoot: <T>(action: () => T) => T;
};

/**
 * Ends every process that a workload started: TERM, then KILL. Without a PID namespace of its own, a process that left its
 * session and its parents is found by its variables. Limit: a process that removed these too is not found.
 */
export async function endProcesses(processes: WorkloadProcesses): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const end = performance.now() + GRACE_MS;
    for (let isFirst = true; performance.now() < end; isFirst = false) {
      const left = processesOf(processes);
      if (left.length === 0 && !isGroupThere(processes)) return;
      // KILL at each check, because a process may have forked between two checks.
      if (isFirst || signal === 'SIGKILL') signalAll(processes, signal, left);
      await sleep(CHECK_EVERY_MS);
    }
  }
}

/** Sends a signal to the workload's group; KILL to all of its processes. */
export function signalWorkload(processes: WorkloadProcesses, signal: NodeJS.Signals): void {
  if (signal === 'SIGKILL') signalAll(processes, signal, processesOf(processes));
  else send(processes, -processes.leader, signal);
}

function processesOf({ leader, ownsNamespace, mark }: WorkloadProcesses): RunningProcess[] {
  const running = runningProcesses();
  if (ownsNamespace) return running.filter(({ pid }) => pid !== 1 && pid !== process.pid);
  const descendants = descendantsOf(process.pid, running);
  return running.filter(
    ({ pid, group, session }) =>
      descendants.has(pid) || group === leader || session === leader || hasVariable(pid, mark),
  );
}

/** Without recursion, because a chain of processes may be longer than the stack. */
function descendantsOf(ancestor: number, running: readonly RunningProcess[]): Set<number> {
  const children = Map.groupBy(running, ({ parent }) => parent);
  const found = new Set((children.get(ancestor) ?? []).map(({ pid }) => pid));
  // A loop over a set also visits what is added meanwhile.
  for (const pid of found) for (const child of children.get(pid) ?? []) found.add(child.pid);
  return found;
}

/** True if the group exists, on systems without `/proc`. */
function isGroupThere({ leader }: WorkloadProcesses): boolean {
  if (process.platform === 'linux') return false;
  try {
    return process.kill(-leader, 0);
  } catch {
    return false;
  }
}

function signalAll(processes: WorkloadProcesses, signal: NodeJS.Signals, left: readonly RunningProcess[]): void {
  // One call for all, because no process can fork during it.
  if (processes.ownsNamespace) send(processes, -1, signal);
  else for (const pid of [-processes.leader, ...left.map((one) => one.pid)]) send(processes, pid, signal);
}

/** Ignores processes that have ended since the check. */
function send({ asRoot }: WorkloadProcesses, pid: number, signal: NodeJS.Signals): void {
  try {
    asRoot(() => process.kill(pid, signal));
  } catch (error) {
    if (!['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
