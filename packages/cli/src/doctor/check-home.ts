import { constants } from "node:fs";
import { access, stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { trustProblem } from "../environments/trusted-file.ts";
import { formatBytes } from "../format.ts";
import { type Check, type Finding, failed, ok, warning } from "./finding.ts";

const GIB = 1024 ** 3;
/** With less free space, a job of some size ends with `disk_full`. */
const LITTLE_BYTES = 2 * GIB;
const TOO_LITTLE_BYTES = GIB / 4;
/** `f_type` of file systems on which SQLite's locks are unreliable; statfs(2). */
const NETWORK = new Map([
  [0x6969, "NFS"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB"],
  [0x01021997, "9p"],
]);

/** Checks the disk that holds the state. */
export const checkHome: Check = async ({ home }) => {
  const place = await nearestExisting(home);
  const { bavail, bsize, type } = await statfs(place);
  return [
    await writable(home, place),
    spaceFinding(bavail * bsize),
    ...(NETWORK.has(type) ? [networkFinding(NETWORK.get(type))] : []),
  ];
};

/** The finding for a number of free bytes. */
export function spaceFinding(freeBytes: number): Finding {
  const text = `${formatBytes(freeBytes)} free`;
  if (freeBytes >= LITTLE_BYTES) return ok("disk", text);
  const advice = "free some space, or choose another disk with --home";
  return freeBytes < TOO_LITTLE_BYTES ? failed("disk", text, advice) : warning("disk", text, advice);
}

function networkFinding(kind: string | undefined): Finding {
  return warning("disk", `the home is on a network file system (${kind})`, "choose a local disk with --home");
}

async function writable(home: string, place: string): Promise<Finding> {
  const state = place === home ? "" : " (created at the first start)";
  try {
    if (!(await stat(place)).isDirectory())
      return failed("home", `${place} is not a directory`, "choose another with --home");
    const problem = place === home ? trustProblem(home, await stat(home)) : undefined;
    if (problem !== undefined) return failed("home", problem.why, problem.hint);
    await access(place, constants.W_OK | constants.X_OK);
    return ok("home", `${home}${state}`);
  } catch {
    return failed("home", `${place} cannot be written to`, "change its owner, or choose another with --home");
  }
}

async function nearestExisting(path: string): Promise<string> {
  const isThere = (await stat(path).catch(() => undefined)) !== undefined;
  return isThere || dirname(path) === path ? path : nearestExisting(dirname(path));
}
