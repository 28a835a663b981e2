import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type AwsStack, type AwsStackOptions, startAwsStack } from "@millrace/aws-emulator";
import { processesOf, signal } from "@millrace/chaos";
import { MillraceClient } from "@millrace/client";
import type { ServiceFile } from "@millrace/core";
import type { ExecutionContext } from "ava";
import { poll } from "./poll.ts";
import { type Runtime, serviceCommand } from "./runtime.ts";

const WORKER_MAIN = fileURLToPath(import.meta.resolve("@millrace/worker/main"));
/** The repository's cache: emulators are installed there once. */
const CACHE = fileURLToPath(new URL("../../../.cache", import.meta.url));

export interface PlatformOptions {
  /** @default a temporary directory that is removed with the platform */
  readonly home?: string;
  /** @default "node" */
  readonly runtime?: Runtime;
  /** Additional environment variables for the service. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The service's umask, such as `0000`. @default this process's */
  readonly umask?: string;
  /** Limit of open files for the service and each process that it starts. @default this process's */
  readonly openFiles?: number;
  /** Listen on the same port again after a restart. @default false: any free one, each time */
  readonly keepsPort?: boolean;
  /** Run jobs on emulated AWS. @default on this machine */
  readonly aws?: boolean | AwsOptions;
}

export interface AwsOptions {
  /** Put the fault proxy in front of every emulator. @default false */
  readonly withFaults?: boolean;
  readonly record?: NonNullable<AwsStackOptions["record"]>;
  readonly batch?: NonNullable<AwsStackOptions["batch"]>;
}

/** A real service in a child process, with its own home directory; it can be killed and restarted. */
export class Platform {
  readonly home: string;
  /** A directory for the test's input. */
  readonly files: string;
  readonly #root: string;
  readonly #runtime: Runtime;
  readonly #awsOptions: AwsOptions | undefined;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #umask: string | undefined;
  readonly #openFiles: number | undefined;
  readonly #keepsPort: boolean;
  #aws: AwsStack | undefined;
  #child: ChildProcess | undefined;
  #client: MillraceClient | undefined;
  #url = "";
  #token = "";

  constructor(root: string, options: PlatformOptions) {
    this.#root = root;
    this.home = options.home ?? join(root, "home");
    this.files = root;
    this.#runtime = options.runtime ?? "node";
    this.#environment = options.environment ?? {};
    this.#umask = options.umask;
    this.#openFiles = options.openFiles;
    this.#keepsPort = options.keepsPort ?? false;
    this.#awsOptions = options.aws === true ? {} : options.aws || undefined;
  }

  /** A client with the installation's token. Get a new one after a restart. */
  get client(): MillraceClient {
    if (!this.#client) throw new TypeError("Cannot use the service: it was not started");
    return this.#client;
  }

  /** The emulated AWS that it uses. */
  get aws(): AwsStack {
    if (!this.#aws) throw new TypeError("Cannot use AWS: the platform runs on this machine");
    return this.#aws;
  }

  get url(): string {
    return this.#url;
  }

  get token(): string {
    return this.#token;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts the service, on any free port, and waits until it is ready. */
  async start(options: { readonly deadlineMs?: number } = {}): Promise<void> {
    const [program, ...args] = this.#command();
    mkdirSync(this.home, { recursive: true });
    if (this.#awsOptions) this.#aws ??= await this.#startAws(this.#awsOptions);
    // In the home, where the CLI puts it, so that a full disk affects the log as well.
    const log = openSync(join(this.home, "service.log"), "a");
    const own = { MILLRACE_HOME: this.home, MILLRACE_PORT: this.#port() };
    const child = spawn(program, args, {
      cwd: this.#root,
      env: { ...process.env, ...this.#aws?.environment, ...this.#environment, ...own },
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    this.#child = child;
    const service = await poll("the service", () => this.#ready(child), options);
    this.#url = service.url;
    this.#token = (await readFile(join(this.home, "token"), "utf8")).trim();
    this.#client = new MillraceClient({ url: this.#url, token: this.#token });
  }

  #command(): readonly [string, ...string[]] {
    const command = serviceCommand(this.#runtime);
    const limits = [
      ...(this.#umask === undefined ? [] : [`umask ${this.#umask}`]),
      ...(this.#openFiles === undefined ? [] : [`ulimit -n ${this.#openFiles}`]),
    ];
    return limits.length === 0
      ? command
      : ["/bin/sh", "-c", `${limits.join("; ")}; exec "$@"`, "sh", ...command];
  }

  #port(): string {
    return this.#keepsPort && this.#url !== "" ? new URL(this.#url).port : "0";
  }

  /** Ends the service with a signal and waits until it is gone; workers keep running. */
  async stop(name: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill(name);
    await gone;
  }

  /** Ends all processes that belong to the home, by pid, and removes it. */
  async destroy(): Promise<void> {
    await this.end();
    await rm(this.#root, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Ends all processes that belong to the home, by pid; keeps its files. */
  async end(): Promise<void> {
    await this.stop("SIGKILL");
    await this.#aws?.stop();
    await poll("the end of every process", async () => {
      const left = processesOf(this.home);
      for (const { pid } of left) signal(pid, "SIGKILL");
      return left.length === 0;
    });
  }

  /** The contents of the service's log. */
  log(): Promise<string> {
    return readFile(join(this.home, "service.log"), "utf8");
  }

  #startAws(options: AwsOptions): Promise<AwsStack> {
    return startAwsStack({
      cacheDirectory: CACHE,
      directory: this.#root,
      workerCommand: [process.execPath, WORKER_MAIN, "run"],
      // The home identifies this platform's processes; workers on AWS do not use it.
      workerEnvironment: {
        ...process.env,
        MILLRACE_HOME: this.home,
        NODE_COMPILE_CACHE: join(CACHE, "compiled"),
      },
      ...options,
    });
  }

  async #ready(child: ChildProcess): Promise<ServiceFile | undefined> {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`The service ended while it started: ${(await this.log()).slice(-2_000)}`);
    }
    const text = await readFile(join(this.home, "service.json"), "utf8").catch(() => "");
    if (!text.includes(`"pid":${child.pid},`)) return undefined;
    const service = JSON.parse(text) as ServiceFile;
    const isReady = await new MillraceClient(service).ready().catch(() => false);
    return isReady ? service : undefined;
  }
}

/** Starts a platform that ends, with all its processes, when the test does. */
export async function startPlatform(t: ExecutionContext, options: PlatformOptions = {}): Promise<Platform> {
  const root = await mkdtemp(join(tmpdir(), "millrace-system-"));
  const platform = new Platform(root, options);
  t.teardown(() => platform.destroy());
  await platform.start();
  return platform;
}
