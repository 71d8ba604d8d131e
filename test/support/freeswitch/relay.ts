/** A relay on loopback between a client and a server, which can stop passing anything on, as if the server were frozen. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Relay {
  readonly port: number;
  /** Connections so far. */
  readonly connections: number;
  /** Takes everything and passes nothing on, for connections that stand and for new ones. */
  freeze(): void;
  thaw(): void;
  close(): Promise<void>;
}

export async function startRelay(targetPort: () => number): Promise<Relay> {
  const sockets = new Set<Socket>();
  let frozen = false;
  let connections = 0;
  const keep = (socket: Socket, other: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      other.destroy();
    });
    if (frozen) socket.pause();
  };
  const server = createServer((near) => {
    connections++;
    const far = connect(targetPort(), '127.0.0.1');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      socket.on('data', (chunk) => other.write(chunk));
      keep(socket, other);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    freeze() {
      frozen = true;
      for (const socket of sockets) socket.pause();
    },
    thaw() {
      frozen = false;
      for (const socket of sockets) socket.resume();
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
