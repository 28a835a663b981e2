import { readdir, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type ApiVersion, MillraceError, Turns, type WorkerPool } from "@millrace/core";
import type { Home } from "../home/home.ts";
import { pathOfUri } from "../objects/object-uri.ts";
import { runPrepare } from "./pool-prepare.ts";
import type { PoolTrees } from "./pool-trees.ts";
import type { WorkerCommand } from "./worker-process.ts";

/** Prepares versions on this machine, one preparation at a time per version. */
export class Preparations {
  readonly #home: Home;
  readonly #trees: PoolTrees;
  readonly #worker: WorkerCommand;
  readonly #running = new Turns();
  readonly #closing = new AbortController();

  constructor(options: { readonly home: Home; readonly trees: PoolTrees; readonly worker: WorkerCommand }) {
    this.#home = options.home;
    this.#trees = options.trees;
    this.#worker = options.worker;
  }

  /**
   * Runs after `before`, the end of what the service's previous run left: two preparations would install into one
   * directory.
   */
  async run(
    api: ApiVersion,
    options: Parameters<WorkerPool["prepare"]>[1] & { readonly before: Promise<void> },
  ): Promise<void> {
    const { archiveUri, fresh = false, onOutput, signal, before } = options;
    const signals = [this.#closing.signal, ...(signal ? [signal] : [])];
    await this.#running.run(`${api.name}/${api.version}`, async () => {
      await before;
      await runPrepare(this.#home, api, {
        archive: pathOfUri(archiveUri),
        fresh,
        onOutput,
        signal: AbortSignal.any(signals),
        worker: this.#worker,
        tree: this.#trees.preparation(),
      });
    });
  }

  /** Removes what a preparation created; the object store removes the archive and other objects. */
  async forget({ name, version }: ApiVersion): Promise<void> {
    const directory = this.#home.apiDirectory(name, version);
    for (const entry of await readdir(directory).catch(() => [])) {
      if (entry !== "objects") await rm(join(directory, entry), { recursive: true, force: true });
    }
    // Remove these only if they are empty now.
    for (const folder of [join(directory, "objects"), directory, dirname(directory)])
      await rmdir(folder).catch(() => {});
  }

  /** Cancels all preparations; resolves when none of their processes run. Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort(
      new MillraceError("unavailable", "Cannot finish the deploy: the service is stopping, deploy again"),
    );
    await this.#running.settled();
  }
}
