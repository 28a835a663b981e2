import { isMillraceError, MillraceError } from "@millrace/core";
import type { Context } from "./context.ts";
import { lastLine, tryRun } from "./run-command.ts";

/** Programs that build and push images. */
export const ENGINES = ["docker", "podman"] as const;
export type Engine = (typeof ENGINES)[number];

interface Probe {
  readonly command: readonly string[];
  readonly help: string;
}

const PROBES: Readonly<Record<Engine, readonly Probe[]>> = {
  docker: [
    { command: ["docker", "version"], help: "start its daemon" },
    { command: ["docker", "buildx", "version"], help: "install its buildx plugin" },
  ],
  podman: [{ command: ["podman", "version"], help: "see what `podman info` says" }],
};

/** The requested engine, or the first that works. @throws {MillraceError} unavailable with the reason for each */
export async function findEngine(wanted: Engine | undefined, context: Context): Promise<Engine> {
  const reasons: string[] = [];
  for (const engine of wanted === undefined ? ENGINES : [wanted]) {
    const reason = await whyNot(engine, context);
    if (reason === undefined) return engine;
    reasons.push(reason);
  }
  throw new MillraceError(
    "unavailable",
    `Cannot work with images: ${reasons.join("; ")}; install Docker with buildx, or podman`,
  );
}

async function whyNot(engine: Engine, { root, env }: Context): Promise<string | undefined> {
  for (const { command, help } of PROBES[engine]) {
    try {
      const { code, stderr } = await tryRun(command, { cwd: root, env });
      if (code !== 0) return `\`${command.join(" ")}\` fails${lastLine(stderr)}, ${help}`;
    } catch (error) {
      if (!isMillraceError(error, "unavailable")) throw error;
      return `${engine} is not on PATH`;
    }
  }
  return undefined;
}
