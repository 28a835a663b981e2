import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compare } from "../compare.ts";
import { interleave } from "../interleave.ts";
import type { BenchOptions, Line } from "../measure.ts";
import { installNode, installPython } from "../peers/install.ts";
import type { Platform } from "../platform.ts";
import { runCommand, secondsOf } from "../run-command.ts";

const BENCH = join(import.meta.dirname, "..");

/** Converts rows of a Parquet file to JSON in one process, compared with hyparquet and pyarrow. */
export async function readParquet(_: Platform, { quick, rounds }: BenchOptions): Promise<Line[]> {
  const python = await installPython();
  const folder = await mkdtemp(join(tmpdir(), "millrace-parquet-"));
  const file = join(folder, "rows.parquet");
  const rows = quick ? 200_000 : 1_000_000;
  const side = (name: string, command: readonly string[]) => ({
    name,
    async measure() {
      const [seconds = 0] = await secondsOf(command);
      return { rate: rows / seconds };
    },
  });
  try {
    await runCommand([python, join(BENCH, "peers", "python", "write_parquet.py"), file, String(rows)]);
    const ours = side("Millrace", [process.execPath, join(BENCH, "load", "read-parquet.ts"), file]);
    const loop = join(BENCH, "peers", "loop", "parse-parquet.ts");
    const peers = [
      side("hyparquet, JSON.stringify", [process.execPath, loop, file, await installNode(), "json"]),
      side("pyarrow, to_pylist, json.dumps", [
        python,
        join(BENCH, "peers", "python", "read_parquet.py"),
        file,
      ]),
    ];
    const outcomes = await interleave([ours, ...peers], rounds);
    return peers.map((peer) =>
      compare(outcomes, {
        name: `read ${rows.toLocaleString("en-US")} Parquet rows of 7 columns`,
        unit: "rows/s",
        better: "more",
        values: "rate",
        ours: ours.name,
        peer: peer.name,
      }),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
