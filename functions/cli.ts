#!/usr/bin/env node
import { runCli } from './cli/run.ts';
import { processSession } from './cli/session/process-session.ts';

const exitCode = await runCli(process.argv.slice(2), processSession());
// Connections of the clients would keep the process alive; what was written is flushed first.
process.stdout.write('', () => process.exit(exitCode));
