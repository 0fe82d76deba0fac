#!/usr/bin/env node
import { processSession } from './terminal/process-session.ts';
import { runTerminal } from './terminal/run-terminal.ts';

const exitCode = await runTerminal(process.argv.slice(2), processSession());
// Connections of the clients would keep the process alive; what was written is flushed first.
process.stdout.write('', () => process.exit(exitCode));
