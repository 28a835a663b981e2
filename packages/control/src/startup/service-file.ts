import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ServiceFile } from "@millrace/core";
import { writePrivateFile } from "./private-file.ts";

/** Writes `<home>/service.json` atomically, so that the CLI can find the service. */
export async function writeServiceFile(home: string, service: ServiceFile): Promise<void> {
  await writePrivateFile(join(home, "service.json"), `${JSON.stringify(service)}\n`);
}

/** Removes `<home>/service.json` if it still describes this process. */
export async function removeServiceFile(home: string): Promise<void> {
  const path = join(home, "service.json");
  const text = await readFile(path, "utf8").catch(() => "");
  if (text.includes(`"pid":${process.pid},`)) await rm(path, { force: true });
}
