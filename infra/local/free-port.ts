import { createServer } from 'node:net';

/** The well-known port, or 0 (any) if it is in use. */
function preferredPort(port: number): Promise<number> {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once('error', () => resolve(0));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(port)));
  });
}

/** The ports of the local cloud that the README names. */
export async function knownPorts() {
  const [storage, pubsub, run, provisioner] = await Promise.all([4443, 8085, 8086, 8087].map(preferredPort));
  return { storage: storage ?? 0, pubsub: pubsub ?? 0, run: run ?? 0, provisioner: provisioner ?? 0 };
}
