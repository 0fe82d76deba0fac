import { join, resolve } from 'node:path';
import { childEnv, compileCache } from './function-env.ts';
import { prepareFunction } from './function-process.ts';
import { parseStartOptions } from './start-options.ts';

const options = parseStartOptions(process.argv.slice(2));
// The first function's process loads on one core while this one loads on another.
const cache = compileCache(join(resolve('.pincast'), 'state'));
const fanOutHost = prepareFunction(childEnv(cache), [
  'functions/google/run-clients.ts',
  'functions/google/run-launcher.ts',
]);

try {
  const { runStart } = await import('./run-start.ts');
  process.exitCode = await runStart(options, fanOutHost);
} catch (error) {
  process.stderr.write(`The local cloud could not go on: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = (error as { exitCode?: number }).exitCode ?? 70;
} finally {
  await fanOutHost.close();
}
