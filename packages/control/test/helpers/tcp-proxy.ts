import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { ExecutionContext } from "ava";

export interface TcpProxy {
  readonly url: string;
  /** Where connections go from now on. */
  target(url: string): void;
  /** Breaks all connections that are open. */
  cut(): void;
}

/** Stands between a client and a service that may come and go. */
export async function startTcpProxy(t: ExecutionContext, url: string): Promise<TcpProxy> {
  let port = Number(new URL(url).port);
  const open = new Set<Socket>();
  const server = createServer((incoming) => {
    const outgoing = connect(port, "127.0.0.1");
    for (const [socket, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      open.add(socket);
      socket.pipe(other);
      socket.on("error", () => other.destroy());
      socket.once("close", () => {
        open.delete(socket);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = () => {
    for (const socket of open) socket.destroy();
  };
  t.teardown(() => {
    cut();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    target: (next) => {
      port = Number(new URL(next).port);
    },
    cut,
  };
}
