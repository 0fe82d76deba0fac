import { readdirSync, readFileSync } from 'node:fs';

/** A running process; zombies are left out. */
export type RunningProcess = { pid: number; parent: number; group: number; session: number };

/** The processes of this PID namespace, from Linux's `/proc`; empty elsewhere. */
export function runningProcesses(): RunningProcess[] {
  return processIds().flatMap((pid) => readProcess(pid));
}

function processIds(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

/** `pid (name) state parent group session …`: the name may hold spaces and brackets. */
function readProcess(pid: number): RunningProcess[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state = '', parent, group, session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || state === 'X') return [];
    return [{ pid, parent: Number(parent), group: Number(group), session: Number(session) }];
  } catch {
    return [];
  }
}

/** True if the process, or an ancestor, was started with this variable. */
export function hasVariable(pid: number, assignment: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(assignment);
  } catch {
    return false;
  }
}

/**
 * True if this process is PID 1, or alone with PID 1 when it starts; then every later process is the workload's. The parent's
 * number alone proves nothing, because PID 1 is the parent of every orphan.
 */
export function ownsPidNamespace(): boolean {
  if (process.pid === 1) return true;
  if (process.ppid !== 1) return false;
  const others = runningProcesses().filter(({ pid }) => pid !== process.pid);
  return others.length === 1 && others[0]?.pid === 1;
}
