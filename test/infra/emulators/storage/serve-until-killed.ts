/**
 * A server in a process of its own, for tests that kill it: argument 1 is its state folder; prints its endpoint, and answers
 * every message of its parent with the most memory it has had, in KiB.
 */
import { startStorage } from '../../../../infra/emulators/storage/server.ts';

const server = await startStorage({ stateDir: process.argv[2] as string });
process.stdout.write(`${server.endpoint}\n`);
process.on('message', () => process.send?.(process.resourceUsage().maxRSS));
