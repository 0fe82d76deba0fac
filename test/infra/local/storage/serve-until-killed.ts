/** A server in a process of its own, for tests that kill it: argument 1 is its state folder; prints its endpoint. */
import { startStorage } from '../../../../infra/local/storage/server.ts';

const server = await startStorage({ stateDir: process.argv[2] as string });
process.stdout.write(`${server.endpoint}\n`);
