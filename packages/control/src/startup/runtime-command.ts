/** The command that runs `script` with the current runtime: Node, or Deno with its permissions. */
export function runtimeCommand(script: string): readonly string[] {
  const isDeno = "Deno" in globalThis;
  if (!isDeno) return [process.execPath, script];
  return [process.execPath, "run", "--allow-all", "--node-modules-dir=manual", script];
}
