/** What a reader of a page does, in its order. */
export interface Step {
  /** `picture`: looks at one. */
  readonly kind: "command" | "write" | "compare" | "picture";
  /** The command, or the file's path. */
  readonly text: string;
  /** Lines of output, or of the file. */
  readonly lines: readonly string[];
}

const BLOCK_OR_PICTURE =
  /^```(?<language>\S+)(?: (?<path>\S+))?(?<note>.*)\n(?<body>[\s\S]*?)^```$|^!\[[^\]]*\]\((?<picture>[^)]+)\)$/gm;

/**
 * Reads a page as steps: `console` blocks are commands (`$ …`) with the output that must follow, in its order; a block
 * such as `python hello/predictor.py` is a file that the reader writes, or with a note behind it one that is there.
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
