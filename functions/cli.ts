#!/usr/bin/env node
import { processSession } from './cli/process-session.ts';
import { runCli } from './cli/run.ts';

const exitCode = await runCli(process.argv.slice(2), processSession());
// Exits explicitly, because client connections keep the process alive. The empty write flushes the output first.
process.stdout.write('', () => process.exit(exitCode));
