import { spawn } from "node:child_process";
import process from "node:process";
import type { Context } from "./context.ts";

/**
 * Opens an address in the user's browser, if there is a display.
 *
 * @returns false if there is none; true does not guarantee that the page shows
 */
export async function openInBrowser({ env }: Pick<Context, "env">, url: string): Promise<boolean> {
  const isMac = process.platform === "darwin";
  const hasScreen = isMac || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
  if (!hasScreen) return false;
  const child = spawn(isMac ? "open" : "xdg-open", [url], { env, detached: true, stdio: "ignore" });
  const isStarted = await new Promise<boolean>((resolve) => {
    child.once("spawn", () => resolve(true));
    child.once("error", () => resolve(false));
  });
  child.unref();
  return isStarted;
}
