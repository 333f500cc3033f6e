import {
  connect,
  createServer,
  type AddressInfo,
  type NetConnectOpts,
  type Socket,
} from 'node:net';

/** Stands before a server and lets everything through until it is told otherwise. */
export interface TcpProxy {
  readonly port: number;
  /** `cut`: connections end, new ones too; `hang`: nothing passes any more; `pass`: new ones do again. */
  set(way: 'pass' | 'cut' | 'hang'): void;
  stop(): Promise<void>;
}

export async function startTcpProxy(target: NetConnectOpts): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let way: 'pass' | 'cut' | 'hang' = 'pass';
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  };
  const server = createServer((incoming) => {
    keep(incoming);
    if (way === 'cut') incoming.destroy();
    if (way !== 'pass') return;
    const outgoing = connect(target);
    keep(outgoing);
    incoming.pipe(outgoing).pipe(incoming);
    incoming.once('close', () => outgoing.destroy());
    outgoing.once('close', () => incoming.destroy());
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    set(next) {
      way = next;
      for (const socket of sockets) {
        if (next === 'hang') socket.unpipe().pause();
        else socket.destroy();
      }
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
