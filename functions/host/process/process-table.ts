import { readdirSync, readFileSync } from 'node:fs';

/** A process that still runs; the dead that wait to be reaped are left out. */
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

/** Whether a process was started with this variable, or descends from one that was. */
export function hasVariable(pid: number, assignment: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(assignment);
  } catch {
    return false;
  }
}

/**
 * Whether every process beside this one and the init is the workload's: this one is PID 1, or, when it starts, alone with
 * PID 1. A parent that is PID 1 proves nothing by itself, as that is every orphan's parent.
 */
export function ownsPidNamespace(): boolean {
  if (process.pid === 1) return true;
  if (process.ppid !== 1) return false;
  const others = runningProcesses().filter(({ pid }) => pid !== process.pid);
  return others.length === 1 && others[0]?.pid === 1;
}
