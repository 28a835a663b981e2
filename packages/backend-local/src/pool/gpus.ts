import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";

export interface GpuSources {
  /** Output of `nvidia-smi -L`; throws when the command is missing. */
  readonly listing: () => string;
  /** Names in /dev. */
  readonly devices: () => readonly string[];
}

const MACHINE: GpuSources = {
  listing: () =>
    execFileSync("nvidia-smi", ["-L"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 10_000,
    }),
  devices: () => readdirSync("/dev"),
};

/**
 * The GPUs that can be assigned to workers, named as in `CUDA_VISIBLE_DEVICES`. `visible` is this process's value of
 * that variable, which limits the result.
 */
export function detectGpus(visible: string | undefined, sources: GpuSources = MACHINE): readonly string[] {
  if (visible !== undefined) {
    return visible
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== "" && name !== "-1");
  }
  return fromListing(sources) ?? fromDevices(sources);
}

/** Parses lines `GPU 0: NVIDIA … (UUID: GPU-…)`, each followed by its `MIG … (UUID: MIG-…)` slices, if it has any. */
function fromListing({ listing }: GpuSources): readonly string[] | undefined {
  let text: string;
  try {
    text = listing();
  } catch {
    return undefined;
  }
  const gpus: { readonly index: string; readonly slices: string[] }[] = [];
  for (const line of text.split("\n")) {
    const index = /^GPU (\d+):/.exec(line)?.[1];
    if (index !== undefined) gpus.push({ index, slices: [] });
    const slice = /^\s+MIG .*\(UUID: (MIG-[^)]+)\)/.exec(line)?.[1];
    if (slice !== undefined) gpus.at(-1)?.slices.push(slice);
  }
  return gpus.flatMap(({ index, slices }) => (slices.length > 0 ? slices : [index]));
}

function fromDevices({ devices }: GpuSources): readonly string[] {
  try {
    return devices()
      .map((name) => /^nvidia(\d+)$/.exec(name)?.[1])
      .filter((index) => index !== undefined)
      .sort((a, b) => Number(a) - Number(b));
  } catch {
    return [];
  }
}
