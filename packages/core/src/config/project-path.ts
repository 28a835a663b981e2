/**
 * A path inside the project, in its plain spelling: `./src//predictor.py` is `src/predictor.py`, `./` is `.`.
 * Undefined when it is absolute, leaves the project, or is no portable path.
 */
export function normalizeProjectPath(path: string): string | undefined {
  // Backslashes and drive letters mean something else on each system.
  if (path === "" || path.startsWith("/") || /[\0\\\r\n]/.test(path) || /^[A-Za-z]:/.test(path))
    return undefined;
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) return undefined;
  return parts.length === 0 ? "." : parts.join("/");
}
