/**
 * Normalizes a path inside the project: `./src//predictor.py` becomes `src/predictor.py`, `./` becomes `.`. Undefined
 * when it is absolute, leaves the project, or is not portable.
 */
export function normalizeProjectPath(path: string): string | undefined {
  // Backslashes and drive letters mean different things on different systems.
  if (path === "" || path.startsWith("/") || /[\0\\\r\n]/.test(path) || /^[A-Za-z]:/.test(path))
    return undefined;
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) return undefined;
  return parts.length === 0 ? "." : parts.join("/");
}
