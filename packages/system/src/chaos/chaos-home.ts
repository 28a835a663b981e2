import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ProcessSettings } from "@millrace/chaos";
import { Platform } from "../platform.ts";
import { mountSmallDisk, type SmallDisk } from "./small-disk.ts";

export type ChaosBackend = "local" | "aws";

/** A platform into which every fault can be injected. */
export interface ChaosHome {
  readonly platform: Platform;
  /** Directory for the predictor's orders. */
  readonly orders: string;
  readonly disk: SmallDisk | undefined;
  setProcesses(change: Partial<ProcessSettings>): Promise<void>;
  /** While it is on, the predictor takes 2 s longer per batch. */
  setBrake(isOn: boolean): Promise<void>;
  /** Ends everything; keeps the files if they are to be inspected. */
  end(options: { readonly keep: boolean }): Promise<void>;
}

/** Starts a platform on a small disk of its own, with the preload in all its processes. */
export async function startChaosHome(backend: ChaosBackend): Promise<ChaosHome> {
  const root = await mkdtemp(join(tmpdir(), "millrace-chaos-"));
  const orders = join(root, "orders");
  const settingsFile = join(root, "settings.json");
  for (const directory of [orders, `${orders}-taken`]) await mkdir(directory);
  let settings: ProcessSettings = { clockOffsetMs: 0, diskDelayMs: 0 };
  let written = Promise.resolve();
  const setProcesses = (change: Partial<ProcessSettings>) => {
    settings = { ...settings, ...change };
    const text = JSON.stringify(settings);
    // One write at a time, as faults overlap; renamed into place, so that nobody reads a partial file.
    written = written
      .then(() => writeFile(`${settingsFile}.new`, text))
      .then(() => rename(`${settingsFile}.new`, settingsFile));
    return written;
  };
  await setProcesses({});
  const brake = `${orders}-brake`;
  const setBrake = (isOn: boolean) => (isOn ? writeFile(brake, "") : rm(brake, { force: true }));
  const disk = backend === "local" ? mountSmallDisk() : undefined;
  const environment = {
    NODE_OPTIONS: `--import=${import.meta.resolve("@millrace/chaos/preload")}`,
    MILLRACE_CHAOS_SETTINGS: settingsFile,
  };
  const platform = new Platform(root, {
    environment,
    ...(disk && { home: join(disk.directory, "home") }),
    ...(backend === "aws" && { aws: { withFaults: true, batch: { baseEnvironment: environment } } }),
  });
  const end = async ({ keep }: { readonly keep: boolean }) => {
    await platform.end();
    if (keep) return;
    disk?.remove();
    await rm(root, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await platform.start();
  } catch (error) {
    await end({ keep: false });
    throw error;
  }
  return { platform, orders, disk, setProcesses, setBrake, end };
}
