/** How `pincast` ends. CI relies on these numbers; the sandbox uses the same ones where the meaning is the same. */
export const exitCodes = {
  ok: 0,
  notConverged: 1,
  rejected: 2,
  paused: 3,
  usage: 64,
  notFound: 66,
  unavailable: 69,
  internal: 70,
  timeout: 124,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const MEANINGS: Record<keyof typeof exitCodes, string> = {
  ok: 'done, and everything is as it was asked for',
  notConverged: 'done, but not everything is: a rollout did not succeed, an execution failed, a registration is taken',
  rejected: 'the promotion was rejected; every reason is shown',
  paused: 'the rollout is PAUSED or waits for an approval; what it waits for is shown',
  usage: 'the command line or the configuration is wrong',
  notFound: 'no such file, object, runtime, tenant or revision',
  unavailable: 'the cloud did not answer, refused, or is not running',
  internal: 'a fault in pincast itself',
  timeout: 'the timeout passed; what is still open is shown',
};

export function describeExitCodes(): string {
  const names = Object.keys(exitCodes) as (keyof typeof exitCodes)[];
  return names.map((name) => `  ${String(exitCodes[name]).padStart(3)}  ${MEANINGS[name]}`).join('\n');
}
