import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { installRedis } from "../install.ts";

interface RedisServer {
  readonly port: number;
  stop(): Promise<void>;
}

const START_MS = 10_000;

/**
 * A separate Redis in a temporary folder. Its append-only file is synced every second, as Redis does by default and
 * recommends: writes survive a killed process, and a power cut loses up to a second. Millrace's SQLite in WAL mode with
 * `synchronous = NORMAL` gives about the same guarantees.
 */
async function startRedis(): Promise<RedisServer> {
  const program = await installRedis();
  const folder = await mkdtemp(join(tmpdir(), "millrace-bench-redis-"));
  const port = await freePort();
  const settings = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""];
  const durable = ["--appendonly", "yes", "--appendfsync", "everysec"];
  const child = spawn(program, [...settings, ...durable], { stdio: "ignore" });
  const ended = once(child, "exit");
  const deadline = Date.now() + START_MS;
  while (!(await answers(port))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill();
      throw new Error(`Redis does not answer on port ${port}`);
    }
    await delay(20);
  }
  return {
    port,
    async stop() {
      child.kill();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export interface RedisOnDemand {
  /** @throws {Error} when Redis is unavailable */
  port(): Promise<number>;
  stop(): Promise<void>;
}

/** A Redis that is started on first use. */
export function redisOnDemand(): RedisOnDemand {
  let server: Promise<RedisServer> | undefined;
  return {
    async port() {
      server ??= startRedis();
      return (await server).port;
    },
    async stop() {
      await server?.then(
        (started) => started.stop(),
        () => {},
      );
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port is free");
  return address.port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      done(true);
    });
    socket.once("error", () => done(false));
  });
}
