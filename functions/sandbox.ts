#!/usr/bin/env node
import './host/process/signals.ts';

import { writeSync } from 'node:fs';
import packageJson from '../package.json' with { type: 'json' };
import { asSandboxError, errorLine } from './core/sandbox/errors.ts';
import { information } from './core/sandbox/help.ts';
import { parseOptions } from './core/sandbox/options/parse.ts';
import { runSandbox } from './flows/sandbox/run.ts';
import { writeLine } from './host/files/write-line.ts';
import { ownsPidNamespace } from './host/process/process-table.ts';
import { refuseDebugger, shutdownSignal } from './host/process/signals.ts';
import { takeWorkloadAccount } from './host/process/workload-account.ts';
import { sandboxDeps } from './host/sandbox-deps.ts';

const { version } = packageJson;

/** The container's entrypoint: parses the command line, wires this machine and, if needed, the cloud. */
async function main(argv: readonly string[]): Promise<number> {
  refuseDebugger();
  const text = information(argv, version);
  if (text !== undefined) {
    writeSync(1, `${text}\n`);
    return 0;
  }
  const signal = shutdownSignal();
  const options = parseOptions(argv, process.env, process.cwd());
  const start = { env: { ...process.env }, version, shutdownSignal: signal, ownsNamespace: ownsPidNamespace() };
  const account = takeWorkloadAccount(options.workloadUser);
  const cloud = once(async () => {
    const { sandboxStorage } = await import('./google/sandbox/storage.ts');
    return sandboxStorage(options.storageEndpoint ?? undefined);
  });
  return runSandbox(options, sandboxDeps(options, cloud, { ...start, account }));
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

// Exits explicitly, because an interrupted download or an idle connection would keep the process alive.
main(process.argv.slice(2))
  .catch((cause: unknown) => {
    const error = asSandboxError(cause);
    writeLine(errorLine(error));
    return error.exitCode;
  })
  .then((exitCode) => process.exit(exitCode));
