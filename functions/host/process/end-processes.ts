import { setTimeout as sleep } from 'node:timers/promises';
import { hasVariable, type RunningProcess, runningProcesses } from './process-table.ts';

/** How long what a workload left behind may take to end at TERM, and to be gone after KILL. */
const GRACE_MS = 1_000;
const LOOK_EVERY_MS = 20;

/** What is to be ended: everything that a workload started. */
export type WorkloadProcesses = {
  /** The workload's own, which leads a session and a group. */
  leader: number;
  /** Everything in this PID namespace is the workload's, but this process and the init. */
  ownsNamespace: boolean;
  /** A variable that only this workload's processes have: `NAME=value`. */
  mark: string;
  asRoot: <T>(action: () => T) => T;
};

/**
 * Ends whatever a workload started: TERM, and KILL for what is still there. Outside a PID namespace of its own, a process that
 * left its session and its parents is known by its variables; one that dropped these as well stays unknown.
 */
export async function endProcesses(processes: WorkloadProcesses): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    for (let waited = 0; waited < GRACE_MS; waited += LOOK_EVERY_MS) {
      const left = processesOf(processes);
      if (left.length === 0 && !isGroupThere(processes)) return;
      // KILL again at each look: between two of them a process may have forked.
      if (waited === 0 || signal === 'SIGKILL') signalAll(processes, signal, left);
      await sleep(LOOK_EVERY_MS);
    }
  }
}

/** Signals everything at once; the first signal that a workload gets. */
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

function descendantsOf(ancestor: number, running: readonly RunningProcess[]): Set<number> {
  const children = Map.groupBy(running, ({ parent }) => parent);
  const found = new Set<number>();
  const visit = (pid: number) => {
    for (const child of children.get(pid) ?? []) {
      found.add(child.pid);
      visit(child.pid);
    }
  };
  visit(ancestor);
  return found;
}

/** Where there is no `/proc`, the group is what can be asked for. */
function isGroupThere({ leader }: WorkloadProcesses): boolean {
  if (process.platform === 'linux') return false;
  try {
    return process.kill(-leader, 0);
  } catch {
    return false;
  }
}

function signalAll(processes: WorkloadProcesses, signal: NodeJS.Signals, left: readonly RunningProcess[]): void {
  // One call for all: the kernel lets no fork happen in between.
  if (processes.ownsNamespace) send(processes, -1, signal);
  else for (const pid of [-processes.leader, ...left.map((one) => one.pid)]) send(processes, pid, signal);
}

/** A process may have ended since it was seen. */
function send({ asRoot }: WorkloadProcesses, pid: number, signal: NodeJS.Signals): void {
  try {
    asRoot(() => process.kill(pid, signal));
  } catch (error) {
    if (!['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
