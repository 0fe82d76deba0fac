import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { type FaultSwitch, noFaults } from '../faults.ts';
import type { Service } from './call/exchange.ts';
import { answer } from './http/answer.ts';
import { handlersOf } from './http/handlers.ts';
import type { Access, Grant, Permission } from './model/records.ts';
import { limitWrites, unlimitedWrites } from './model/write-rate.ts';
import { notifier } from './notifications/notifier.ts';
import { type OpenState, openState } from './open-state.ts';

export type { Access, Grant, Permission };

export type StorageOptions = {
  /** 0 or absent: any free port. */
  port?: number;
  /** Absent: memory only. Present: everything survives a restart, a SIGKILL included. */
  stateDir?: string;
  /** `host:port` of a Pub/Sub server; without it notifications are configured and never published. */
  pubsubEndpoint?: () => string;
  faults?: FaultSwitch;
  now?: () => Date;
  /** Google's own limit is about one write a second to an object (429 past it); absent: none. */
  objectWritesPerSecond?: number;
  /** Told of each check of an identity's permission, as Cloud Audit Logs are. */
  onAccess?: (access: Access) => void;
};

export type LocalStorage = {
  /** `http://127.0.0.1:PORT`; its callers are the owner and may do everything. */
  endpoint: string;
  /** An endpoint whose callers are this identity and may do what was granted to it. Stable across restarts. */
  endpointFor(identity: string): string;
  grant(grant: Grant): void;
  close(): Promise<void>;
};

/** Cloud Storage's JSON API on loopback. Rejects when the port is taken or the state folder cannot be read. */
export async function startStorage(options: StorageOptions = {}): Promise<LocalStorage> {
  const open = openState(options.stateDir);
  if (options.onAccess !== undefined) open.state.onAccess = options.onAccess;
  const server = createServer({ keepAliveTimeout: 60_000, requestTimeout: 0 });
  await listen(server, options.port ?? 0);
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const announcements = notifier(open.state, endpoint, options.pubsubEndpoint);
  const answering = serve(server, endpoint, serviceOf(options, open, announcements.notify), options.faults);
  return {
    endpoint,
    endpointFor: (identity) => `${endpoint}/as/${keyOf(open, identity)}`,
    grant: (grant) => addGrant(open, grant),
    async close() {
      await answering.stop();
      await announcements.close();
      await open.close();
    },
  };
}

/** Answers requests until stop(), which breaks off what is under way and waits for it to end. */
function serve(server: Server, endpoint: string, service: Service, faults = noFaults): { stop(): Promise<void> } {
  const closing = new AbortController();
  const answering = { service, handlers: handlersOf(service), faults, endpoint, closing: closing.signal };
  const running = new Set<Promise<void>>();
  server.on('request', (request, response) => {
    const run = answer(answering, request, response).finally(() => running.delete(run));
    running.add(run);
  });
  return {
    async stop() {
      closing.abort();
      await closeServer(server);
      await Promise.all(running);
    },
  };
}

function serviceOf(options: StorageOptions, open: OpenState, notify: Service['notify']): Service {
  const { objectWritesPerSecond, now = () => new Date() } = options;
  const writeRate = objectWritesPerSecond === undefined ? unlimitedWrites : limitWrites(objectWritesPerSecond);
  return { state: open.state, commit: open.commit, blobs: open.blobs, notify, now, writeRate };
}

function keyOf({ state, commit }: OpenState, identity: string): string {
  const known = state.identities.get(identity);
  if (known !== undefined) return known;
  const key = randomBytes(24).toString('base64url');
  commit({ kind: 'identity', identity, key });
  return key;
}

/** Granting again what is granted changes nothing: every start of a fleet repeats its grants. */
function addGrant({ state, commit }: OpenState, grant: Grant): void {
  const known = state.grants.get(grant.identity) ?? [];
  if (!known.some((other) => isDeepStrictEqual(other, grant))) commit({ kind: 'grant', grant });
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
