import { createServer } from 'node:net';

/** The port that people know, or 0 (any) where something listens on it already. */
export function preferredPort(port: number): Promise<number> {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once('error', () => resolve(0));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(port)));
  });
}
