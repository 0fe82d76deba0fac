import { WORKLOAD_PREFIX } from './environment-allow-list.ts';
import { EXIT_CODES } from './errors.ts';
import { readArguments } from './options/arguments.ts';
import { FLAGS, type Flag } from './options/flags.ts';

/** What `--help` or `--version` prints; undefined where neither is given. */
export function information(argv: readonly string[], version: string): string | undefined {
  const { flags } = readArguments(argv);
  if (flags.has('help')) return helpText();
  return flags.has('version') ? version : undefined;
}

function helpText(): string {
  return [
    'pincast-sandbox [flags] [-- command args…]',
    '',
    'Fetches an environment, compares its sha256 with the digest, unpacks it and',
    'runs the command in it.',
    '',
    'Flags, each with the environment variable that says the same; the flag wins:',
    ...Object.entries(FLAGS).map(([name, flag]) => flagLine(name, flag)),
    '',
    'Pinned mode takes URL and digest from the ledger. It needs all of --tenant',
    '--runtime --pins --assignments --receipts, and refuses every environment',
    'variable that is not a flag’s, a container’s, Cloud Run’s or the workload’s:',
    `${WORKLOAD_PREFIX}NAME=value gives the workload NAME=value.`,
    '',
    'Exit codes: the workload’s own, or 128 and the number of the signal that ended',
    'it, or:',
    ...codesByNumber().map(([exitCode, codes]) => `  ${String(exitCode).padEnd(5)} ${threeALine(codes)}`),
  ].join('\n');
}

function flagLine(name: string, { env, takesValue, about }: Flag): string {
  const usage = `--${name}${takesValue ? ' VALUE' : ''}`;
  const gap = env !== null && usage.length + env.length > 74 ? '\n      ' : '  ';
  return `  ${usage}${env === null ? '' : `${gap}(${env})`}\n      ${about}`;
}

function threeALine(codes: readonly string[]): string {
  return codes.join(', ').replace(/((?:\S+ ){2}\S+) /g, '$1\n        ');
}

function codesByNumber(): [number, string[]][] {
  const codes = new Map<number, string[]>();
  for (const [code, exitCode] of Object.entries(EXIT_CODES))
    codes.set(exitCode, [...(codes.get(exitCode) ?? []), code]);
  return [...codes].sort(([a], [b]) => a - b);
}
