/** One step for the reader of a page, in page order. */
export interface Step {
  /** `picture`: look at a picture. */
  readonly kind: "command" | "write" | "compare" | "picture";
  /** The command, or the file's path. */
  readonly text: string;
  /** Lines of output, or of the file. */
  readonly lines: readonly string[];
}

const BLOCK_OR_PICTURE =
  /^```(?<language>\S+)(?: (?<path>\S+))?(?<note>.*)\n(?<body>[\s\S]*?)^```$|^!\[[^\]]*\]\((?<picture>[^)]+)\)$/gm;

/**
 * Parses a page into steps. `console` blocks are commands (`$ …`) with their expected output, in order. A block such as
 * `python hello/predictor.py` is a file that the reader writes or, if a note follows it, one that already exists.
 */
export function tourSteps(markdown: string): readonly Step[] {
  return [...markdown.matchAll(BLOCK_OR_PICTURE)].flatMap(({ groups = {} }): readonly Step[] => {
    const { language, path, note, body = "", picture } = groups;
    if (picture !== undefined) return [{ kind: "picture", text: picture, lines: [] }];
    const lines = body.trimEnd().split("\n");
    if (language === "console") return commands(lines);
    return path === undefined ? [] : [{ kind: note === "" ? "write" : "compare", text: path, lines }];
  });
}

function commands(lines: readonly string[]): readonly Step[] {
  const starts = lines.flatMap((line, i) => (line.startsWith("$ ") ? [i] : []));
  return starts.map((start, i) => ({
    kind: "command",
    text: lines[start]?.slice(2) ?? "",
    lines: lines.slice(start + 1, starts[i + 1]),
  }));
}
