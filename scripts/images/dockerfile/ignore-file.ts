/** Whether the builder receives a path, given relative to the build context with forward slashes. */
export type Admits = (path: string) => boolean;

/** Parses a `.dockerignore`: the last pattern that matches a path or one of its parent folders decides. */
export function parseIgnoreFile(text: string): Admits {
  const patterns = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => ({ admits: line.startsWith("!"), matches: matcher(line.replace(/^!/, "")) }));
  return (path) => {
    const decisive = patterns.findLast(({ matches }) => withFolders(path).some((part) => matches.test(part)));
    return decisive?.admits ?? true;
  };
}

/** `a/b/c` as `a`, `a/b`, `a/b/c`. */
function withFolders(path: string): readonly string[] {
  const parts = path.split("/");
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

function matcher(pattern: string): RegExp {
  const source = pattern
    .replace(/^\/|\/$/g, "")
    .replaceAll(/[.+^${}()|[\]]/g, "\\$&")
    .replaceAll(/\*\*\/|\*\*|\*|\?/g, (wildcard) => {
      if (wildcard === "**/") return "(?:.*/)?";
      if (wildcard === "**") return ".*";
      return wildcard === "*" ? "[^/]*" : "[^/]";
    });
  return new RegExp(`^${source}$`);
}
