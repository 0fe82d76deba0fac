#!/usr/bin/env node
import { writeSync } from 'node:fs';
import packageJson from '../package.json' with { type: 'json' };
import { errorLine } from './core/sandbox/error-line.ts';
import { parseOptions } from './core/sandbox/parse-options.ts';
import { asSandboxError } from './core/sandbox/sandbox-error.ts';
import { runSandbox } from './flows/sandbox/run-sandbox.ts';
import { interruption } from './host/interruption.ts';
import { sandboxDeps } from './host/sandbox-deps.ts';

/** The container's entrypoint: what the command line says, wired to this machine and, where needed, to the cloud. */
async function main(): Promise<number> {
  const signal = interruption();
  const options = parseOptions(process.argv.slice(2), process.env, process.cwd());
  const cloud = once(async () => {
    const { sandboxStorage } = await import('./google/sandbox-storage.ts');
    return sandboxStorage(options.storageEndpoint ?? undefined);
  });
  return runSandbox(options, sandboxDeps(options, cloud, process.env, packageJson.version, signal));
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

// Exits at once: an interrupted download, or a connection that is kept for nobody, must not hold the process.
main()
  .catch((cause: unknown) => {
    const error = asSandboxError(cause);
    writeSync(2, `${errorLine(error)}\n`);
    return error.exitCode;
  })
  .then((exitCode) => process.exit(exitCode));
