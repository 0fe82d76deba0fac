import { join } from 'node:path';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { type FaultSwitch, noFaults } from '../faults.ts';
import { openMultiplexer, type ProtocolMultiplexer } from '../grpc/protocol-multiplexer.ts';
import { type Journal, memoryJournal, openJournal } from '../journal.ts';
import { Broker } from './broker/broker.ts';
import type { JournalRecord } from './broker/journal-records.ts';
import { restore, snapshot } from './broker/restore.ts';
import { type GrpcContext, grpcService } from './grpc/handlers.ts';
import { services } from './operations/api.ts';
import { Pushers } from './push/pusher.ts';
import { handleRest } from './rest/handler.ts';

export type PubsubOptions = {
  /** 0, the default: any free port. */
  port?: number;
  /** Keeps topics, subscriptions and unacknowledged messages over a restart; absent: memory only. */
  stateDir?: string;
  faults?: FaultSwitch;
  /** The clock of publish times and tokens. Deadlines and backoffs take real time. */
  now?: () => Date;
};

export type LocalPubsub = {
  /** host:port, for PUBSUB_EMULATOR_HOST or `apiEndpoint`, and with `http://` before it for REST. */
  endpoint: string;
  /** An endpoint whose calls carry this identity to the fault switch. */
  endpointFor(identity: string): Promise<string>;
  close(): Promise<void>;
};

/** Above Google's own limit of a request, so that the API's own check refuses a larger one by name. */
const MAX_REQUEST_BYTES = 32_000_000;

function grpcServer(context: GrpcContext): Server {
  const server = new Server({ 'grpc.max_receive_message_length': MAX_REQUEST_BYTES });
  for (const name of Object.keys(services)) {
    const { definition, implementation } = grpcService(name, context);
    server.addService(definition, implementation);
  }
  return server;
}

function brokerJournal(stateDir: string, broker: Broker, now: Date): Journal<JournalRecord> {
  return openJournal<JournalRecord>({
    path: join(stateDir, 'pubsub.jsonl'),
    replay: (records) => restore(broker, records, now),
    snapshot: () => snapshot(broker),
  });
}

/**
 * Starts Google Pub/Sub on a loopback port, for the unmodified client over gRPC and for REST.
 *
 * @throws Error when the port is taken or the journal in `stateDir` cannot be read
 */
export async function startPubsub(options: PubsubOptions = {}): Promise<LocalPubsub> {
  const { port = 0, stateDir, faults = noFaults, now = () => new Date() } = options;
  const pushers: Pushers = new Pushers({ broker: () => broker, faults, now });
  const broker: Broker = new Broker({ now, listener: pushers });
  const journal = stateDir === undefined ? memoryJournal : brokerJournal(stateDir, broker, now());
  let door: ProtocolMultiplexer | undefined;
  const identityOf = (peer: string) => door?.identityOf(peer);
  const grpc = grpcServer({ broker, faults, identityOf, drop: (peer) => door?.drop(peer) });
  const injector = grpc.createConnectionInjector(ServerCredentials.createInsecure());
  door = await openMultiplexer(port, {
    http2: (socket) => injector.injectConnection(socket),
    http1: (request, response) => void handleRest(request, response, { broker, faults, identityOf }),
  });
  const opened = door;
  broker.start(journal);
  return {
    endpoint: `127.0.0.1:${opened.port}`,
    endpointFor: async (identity) => `127.0.0.1:${await opened.portFor(identity)}`,
    async close() {
      pushers.close();
      broker.close();
      await opened.close();
      injector.destroy();
      grpc.forceShutdown();
    },
  };
}
