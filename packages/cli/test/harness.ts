import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { Readable, Writable } from "node:stream";
import type { ExecutionContext } from "ava";
import type { Context, TerminalStream } from "../src/context.ts";
import { runCommandLine } from "../src/run.ts";

export const TOKEN = "secret-token-of-this-test";
export const TIME = "2026-11-23T12:00:00.000Z";

/** A directory that goes with its test, with the files written into it. */
export function temporaryDirectory(
  t: ExecutionContext,
  files: Readonly<Record<string, string | Buffer>> = {},
): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "millrace-cli-")));
  t.teardown(() => rmSync(dir, { recursive: true, force: true, maxRetries: 3 }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  }
  return dir;
}

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** Answers by `METHOD /path`, without the query; a function answers by itself, everything else is sent as JSON. */
export type Answers = Readonly<Record<string, unknown>>;
type Answer = (response: ServerResponse, request: SeenRequest) => void | Promise<void>;

export async function fakeService(
  t: ExecutionContext,
  answers: Answers,
): Promise<{ readonly url: string; readonly seen: SeenRequest[] }> {
  const seen: SeenRequest[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = "", url = "", headers } = request;
    const record = { method, url, headers, body: Buffer.concat(chunks) };
    seen.push(record);
    if (headers.authorization !== `Bearer ${TOKEN}`)
      return problem(response, 401, "unauthorized", "Cannot let you in");
    const answer = answers[`${method} ${url.split("?")[0]}`];
    if (answer === undefined)
      return problem(
        response,
        404,
        url.startsWith("/apis") ? "api_not_found" : "job_not_found",
        `Cannot find ${url}`,
      );
    if (typeof answer === "function") return (answer as Answer)(response, record);
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

export function problem(
  response: ServerResponse,
  status: number,
  code: string,
  detail: string,
  more: object = {},
): void {
  response.writeHead(status, { "content-type": "application/problem+json" });
  response.end(
    JSON.stringify({ type: "about:blank", title: "T", status, detail, code, request_id: "req-1", ...more }),
  );
}

/** An answer of NDJSON. */
export function lines(...values: readonly unknown[]): Answer {
  return (response) => {
    response.setHeader("content-type", "application/x-ndjson");
    response.end(values.map((value) => `${JSON.stringify(value)}\n`).join(""));
  };
}

/** An answer of server-sent events. */
export function events(...values: readonly { readonly event: string; readonly data: unknown }[]): Answer {
  return (response) => {
    response.setHeader("content-type", "text/event-stream");
    response.end(
      values.map(({ event, data }) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`).join(""),
    );
  };
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout as JSON. */
  json(): unknown;
}

export interface RunOptions {
  readonly url?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly isTerminal?: boolean;
  readonly signal?: AbortSignal;
  readonly serviceCommand?: Context["serviceCommand"];
  /** Told what is written to stdout, as it is written. */
  readonly onStdout?: (text: string) => void;
}

/** Runs a command line in this process, with streams that are read afterwards. */
export async function millrace(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const stdout = memoryStream(options.isTerminal, options.onStdout);
  const stderr = memoryStream(options.isTerminal);
  const code = await runCommandLine(args, {
    env: {
      PATH: process.env.PATH,
      ...(options.url === undefined ? {} : { MILLRACE_URL: options.url, MILLRACE_TOKEN: TOKEN }),
      ...options.env,
    },
    cwd: options.cwd ?? "/",
    stdin: Readable.from(options.stdin === undefined ? [] : [options.stdin]),
    stdout: stdout.stream,
    stderr: stderr.stream,
    signal: options.signal ?? new AbortController().signal,
    serviceCommand: options.serviceCommand ?? ["false"],
  });
  return { code, stdout: stdout.text(), stderr: stderr.text(), json: () => JSON.parse(stdout.text()) };
}

function memoryStream(
  isTTY = false,
  onText?: (text: string) => void,
): { readonly stream: TerminalStream; text(): string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      onText?.(chunk.toString());
      done();
    },
  });
  return {
    stream: Object.assign(stream, { isTTY, columns: 100 }),
    text: () => Buffer.concat(chunks).toString(),
  };
}
