import { startRun } from '../../../../infra/emulators/run/server.ts';

/** A server in a process of its own, to be killed: prints its endpoint. The state folder is its only argument. */
const server = await startRun({ stateDir: process.argv[2], runQuotaPerMinute: 10_000 });
process.stdout.write(`${server.endpoint}\n`);
