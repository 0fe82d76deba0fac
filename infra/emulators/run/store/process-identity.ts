import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessIdentity } from '../model/records.ts';

/** Of `/proc/<pid>/stat` after the command's name, which may itself hold blanks and brackets: state is the first. */
const STATE = 0;
const START_TIME = 19;

function statFields(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/** A start time counts ticks since boot: without the boot's own id it would mean another process after a reboot. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return '';
  }
}

const BOOT = bootId();

/** Nothing where there is no /proc, or no such process. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const fields = statFields(pid);
  const start = fields?.[START_TIME];
  return start ? { pid, start: `${BOOT}/${start}` } : undefined;
}

/** Whether the very process lives that was noted, not one that was given its pid later. */
export function isAlive(identity: ProcessIdentity): boolean {
  const dead = ['Z', 'X'].includes(statFields(identity.pid)?.[STATE] ?? 'X');
  return !dead && identityOf(identity.pid)?.start === identity.start;
}

/** Sends SIGKILL to a process group that may have ended. */
export function killGroup(pid: number): void {
  kill(-pid);
}

/**
 * SIGKILL to a process, its group and everything that descends from it: an entrypoint's workload may lead a session of its own.
 */
export function killTree(pid: number): void {
  const descendants = descendantsOf(pid);
  killGroup(pid);
  for (const descendant of descendants) kill(descendant);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // ESRCH: it has ended.
  }
}

/** The descendants from `/proc`; none on a machine without it. */
function descendantsOf(pid: number): number[] {
  const children = childrenOf(pid);
  return [...children, ...children.flatMap(descendantsOf)];
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** Kills what an earlier server left running, and waits for its end (at most a second: SIGKILL cannot be refused). */
export async function killLeftOver(identity: ProcessIdentity): Promise<void> {
  if (!isAlive(identity)) return;
  killTree(identity.pid);
  for (let waited = 0; waited < 1_000 && isAlive(identity); waited += 10) await sleep(10);
}
