import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** How every HTTP/2 connection begins, RFC 9113 §3.4. */
const HTTP2_PREFACE = Buffer.from('PRI * HTTP/2.0');

export type ProtocolMultiplexer = {
  port: number;
  /** Opens another port, whose calls are this identity's; the same one when called again. */
  portFor(identity: string): Promise<number>;
  /** The identity of this peer (`address:port`); undefined: it came through the owner's port. */
  identityOf(peer: string): string | undefined;
  /** Breaks the connection of this peer (`address:port`). */
  drop(peer: string): void;
  close(): Promise<void>;
};

type Peer = { socket: Socket; identity: string | undefined };

export type ProtocolHandlers = { http2: (socket: Socket) => void; http1: RequestListener };

/** Whether the first bytes are, or may still become, the HTTP/2 preface. */
export function sniff(bytes: Buffer): 'http2' | 'http1' | 'more' {
  const length = Math.min(bytes.length, HTTP2_PREFACE.length);
  if (!bytes.subarray(0, length).equals(HTTP2_PREFACE.subarray(0, length))) return 'http1';
  return length === HTTP2_PREFACE.length ? 'http2' : 'more';
}

function route(socket: Socket, handOver: (kind: 'http2' | 'http1') => void): void {
  let seen: Buffer = Buffer.alloc(0);
  const onData = (chunk: Buffer) => {
    seen = Buffer.concat([seen, chunk]);
    const kind = sniff(seen);
    if (kind === 'more') return;
    socket.off('data', onData);
    socket.pause();
    socket.unshift(seen);
    handOver(kind);
    // Both servers read the socket's handle themselves, after the bytes that were put back.
    process.nextTick(() => socket.resume());
  };
  socket.on('data', onData);
}

/** One loopback port for gRPC and REST: the first bytes of a connection say which it is. */
export async function openMultiplexer(port: number, doors: ProtocolHandlers): Promise<ProtocolMultiplexer> {
  const http = createHttpServer(doors.http1);
  const peers = new Map<string, Peer>();
  const servers: Server[] = [];
  const identities = new Map<string, Promise<number>>();
  const listen = async (wanted: number, identity?: string): Promise<number> => {
    const server = createServer({ noDelay: true }, (socket) => {
      const peer = peerOf(socket);
      peers.set(peer, { socket, identity });
      socket.on('error', () => socket.destroy());
      socket.on('close', () => peers.delete(peer));
      route(socket, (kind) => (kind === 'http2' ? doors.http2(socket) : http.emit('connection', socket)));
    });
    server.listen(wanted, '127.0.0.1');
    await once(server, 'listening');
    servers.push(server);
    return (server.address() as AddressInfo).port;
  };
  return {
    port: await listen(port),
    portFor(identity) {
      const opened = identities.get(identity) ?? listen(0, identity);
      identities.set(identity, opened);
      return opened;
    },
    identityOf: (peer) => peers.get(peer)?.identity,
    drop: (peer) => peers.get(peer)?.socket.destroy(),
    async close() {
      await Promise.allSettled(identities.values());
      const closed = servers.map((server) => once(server, 'close'));
      for (const server of servers) server.close();
      for (const { socket } of peers.values()) socket.destroy();
      await Promise.all(closed);
    },
  };
}

/** `address:port`, as gRPC and HTTP name the other end of a connection. */
export function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress}:${remotePort}`;
}
