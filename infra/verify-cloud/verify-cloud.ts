import { createInterface } from 'node:readline/promises';
import { verify } from './verify.ts';

/** Would redirect clients that are given no endpoint. */
for (const name of ['PUBSUB_EMULATOR_HOST', 'STORAGE_EMULATOR_HOST']) delete process.env[name];

const interruption = new AbortController();
const interrupt = () => {
  if (interruption.signal.aborted) process.exit(130);
  process.stderr.write('\nInterrupted: deleting what was created. A second Ctrl-C leaves it there.\n');
  interruption.abort(new Error('interrupted'));
};
process.on('SIGINT', interrupt);
process.on('SIGTERM', interrupt);

async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(question, { signal: interruption.signal });
  } finally {
    terminal.close();
  }
}

process.exitCode = await verify(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  isTerminal: process.stdout.isTTY === true,
  ask: process.stdin.isTTY === true ? ask : undefined,
  signal: interruption.signal,
});
