import { join, resolve } from 'node:path';
import { childEnv, compileCache } from './function-env.ts';
import { prepareFunction } from './function-process.ts';
import { firstFunctions } from './layout.ts';
import { parseStartOptions } from './start-options.ts';

const options = parseStartOptions(process.argv.slice(2));
// The functions' processes load on one core while this one loads on another.
const hosts = firstFunctions.map(() => prepareFunction(childEnv(compileCache(join(resolve('.pincast'), 'state')))));

try {
  const { runStart } = await import('./run-start.ts');
  process.exitCode = await runStart(options, hosts);
} catch (error) {
  process.stderr.write(`The local cloud could not go on: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 70;
} finally {
  await Promise.all(hosts.map((host) => host.close()));
}
