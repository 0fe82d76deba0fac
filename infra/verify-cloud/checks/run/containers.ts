import { refusedVariables } from '#functions/core/sandbox/environment-allow-list.ts';
import { createJob, createJobOf, ended, launch } from '../../cloud/jobs.ts';
import { type Check, check, differs, holds, holdsIf, type Subject, unknown } from '../../runner/check.ts';
import { grpcCode, messageOf } from '../../runner/faults.ts';

const END = 'pincast-verify-end';
/** CAP_CHOWN, CAP_KILL, CAP_SETGID, CAP_SETUID: linux/capability.h */
const CAPABILITIES = { CHOWN: 0, KILL: 5, SETGID: 6, SETUID: 7 } as const;

/** What runs inside a job's container, and what ends before one starts. */
export const containerChecks: readonly Check[] = [
  check({
    id: 'run-image-missing',
    title: 'an execution whose image is missing ends',
    needs: ['images'],
    seconds: 660,
    async run(subject) {
      const image = subject.cloud.image.replace(/[0-9a-f]{64}$/, '0'.repeat(64));
      try {
        const job = await createJobOf(subject, { containers: [{ image }] });
        const { outcome } = await ended(subject, await launch(subject, job));
        return holdsIf(outcome.state === 'FAILED', `${outcome.state}, exit code ${outcome.exitCode}`);
      } catch (error) {
        if (grpcCode(error) === undefined) throw error;
        return unknown(`Cloud Run accepts no job with a missing image: ${messageOf(error)}`);
      }
    },
  }),
  check({
    id: 'run-command-missing',
    title: 'an execution whose command is missing ends',
    seconds: 660,
    async run(subject) {
      const container = { image: subject.cloud.image, command: ['/pincast-verify/absent'] };
      const job = await createJobOf(subject, { containers: [container] });
      const { outcome } = await ended(subject, await launch(subject, job));
      return holdsIf(outcome.state === 'FAILED', `${outcome.state}, exit code ${outcome.exitCode}`);
    },
  }),
  check({
    id: 'run-sidecars',
    title: 'an override without a name is refused where a job has two containers',
    needs: ['sidecars'],
    creates: 'a job, at most 1 execution',
    async run(subject) {
      const { image } = subject.cloud;
      const containers = ['main', 'sidecar'].map((name) => ({ name, image, command: ['/bin/sh', '-c', 'sleep 5'] }));
      const job = await createJobOf(subject, { containers });
      try {
        const execution = await launch(subject, job, { PINCAST_VERIFY: 'override' });
        const { executions } = subject.cloud.clients(subject.cloud.region);
        const [{ template }] = await executions.getExecution({ name: execution });
        const reached = template?.containers?.filter(({ env }) => env?.some(({ name }) => name === 'PINCAST_VERIFY'));
        return differs(`accepted; it reached ${reached?.map(({ name }) => name).join(', ') || 'no container'}`);
      } catch (error) {
        const { code } = error as { code?: unknown };
        return code === 'REJECTED' ? holds(messageOf(error)) : Promise.reject(error);
      }
    },
  }),
  check({
    id: 'run-single-attempt',
    title: 'a task without retries runs once, also after its host is lost',
    async run(subject) {
      const name = await launch(subject, await createJob(subject, { script: 'exit 7' }));
      await ended(subject, name);
      const { tasks } = subject.cloud.clients(subject.cloud.region);
      const [[task]] = await tasks.listTasks({ parent: name, pageSize: 1 }, { autoPaginate: false });
      const retried = task?.retried ?? 0;
      if (retried > 0) return differs(`a failing task was retried ${retried} times`);
      return unknown('a failing task ran once; the loss of a host cannot be caused: watch taskAttempt in receipts');
    },
  }),
  check({
    id: 'run-variables',
    title: 'a container has no variable that a pinned run refuses',
    async run(subject) {
      const output = await outputOf(subject, 'env');
      const names = output.split('\n').flatMap((line) => /^([A-Za-z_]\w*)=/.exec(line)?.[1] ?? []);
      if (!names.includes('CLOUD_RUN_JOB')) return unknown(`no variables in the output: ${output.slice(0, 200)}`);
      const refused = refusedVariables(Object.fromEntries(names.map((name) => [name, ''])));
      return holdsIf(refused.length === 0, refused.length === 0 ? names.join(', ') : `refused: ${refused.join(', ')}`);
    },
  }),
  check({
    id: 'run-root',
    title: 'a container starts as root and may change its user, signal and change owners',
    needs: ['containers'],
    async run(subject) {
      const output = await outputOf(subject, 'id -u; grep CapEff /proc/self/status');
      const uid = /^\d+$/m.exec(output)?.[0];
      const effective = /CapEff:\s*([0-9a-f]+)/.exec(output)?.[1];
      if (uid === undefined || effective === undefined) return unknown(`unexpected output: ${output.slice(0, 200)}`);
      const missing = Object.entries(CAPABILITIES)
        .filter(([, bit]) => ((BigInt(`0x${effective}`) >> BigInt(bit)) & 1n) === 0n)
        .map(([name]) => name);
      return holdsIf(
        uid === '0' && missing.length === 0,
        `uid ${uid}, lacks ${missing.join(', ') || 'none of the four'}`,
      );
    },
  }),
  check({
    id: 'run-pid-namespace',
    title: 'a container has a PID namespace of its own and starts alone',
    needs: ['containers'],
    async run(subject) {
      const output = await outputOf(subject, 'echo pid $$; ls -d /proc/[0-9]*');
      const processes = output.split('\n').filter((line) => line.startsWith('/proc/'));
      if (processes.length === 0) return unknown(`unexpected output: ${output.slice(0, 200)}`);
      // The shell and `ls`.
      const alone = /^pid 1$/m.test(output) && processes.length <= 2;
      return holdsIf(alone, `the shell is ${/^pid \d+$/m.exec(output)?.[0]}; processes: ${processes.join(' ')}`);
    },
  }),
];

async function outputOf(subject: Subject, script: string): Promise<string> {
  const name = await launch(subject, await createJob(subject, { script: `${script}; echo ${END}` }));
  return subject.cloud.output(name, END, subject.signal);
}
