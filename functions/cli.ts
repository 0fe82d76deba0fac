#!/usr/bin/env node
import { runCli } from './cli/run.ts';
import { processSession } from './cli/session/process-session.ts';

const exitCode = await runCli(process.argv.slice(2), processSession());
// Exits explicitly, because client connections keep the process alive. The empty write flushes the output first.
process.stdout.write('', () => process.exit(exitCode));
