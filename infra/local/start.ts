import { join, resolve } from 'node:path';
import { parseStartOptions } from './demo/start-options.ts';
import { childEnv, compileCache } from './functions/function-env.ts';
import { prepareFunction } from './functions/function-process.ts';

/** The remedy for a full disk or a damaged journal. */
const REMEDY = `Its state is in ${join(resolve('.pincast'), 'state')}: move that directory away to start afresh.`;

const options = parseStartOptions(process.argv.slice(2));
// The first function's process loads in parallel with this one.
const cache = compileCache(join(resolve('.pincast'), 'state'));
const fanOutHost = prepareFunction(childEnv(cache), ['functions/google/run/clients.ts']);

try {
  const { runStart } = await import('./demo/run-start.ts');
  process.exitCode = await runStart(options, fanOutHost);
} catch (error) {
  const { exitCode } = error as { exitCode?: number };
  process.stderr.write(`The local cloud failed: ${error instanceof Error ? error.message : String(error)}\n`);
  if (exitCode === undefined) process.stderr.write(`${REMEDY}\n`);
  process.exitCode = exitCode ?? 70;
} finally {
  await fanOutHost.close();
}
