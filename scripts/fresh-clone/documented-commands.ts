/** A command that a page tells its reader to run. */
export interface DocumentedCommand {
  readonly page: string;
  /** Counted from 1. */
  readonly line: number;
  /** Without the prompt and any trailing comment. */
  readonly text: string;
  /**
   * `shell`: a line of a block; `console`: a line after a prompt, in a block with output; `inline`: code in a sentence.
   */
  readonly kind: "shell" | "console" | "inline";
}

const FENCE = /^\s*(?<mark>`{3,}|~{3,})\s*(?<language>\S*)/;
/** Every line is a command. */
const SHELL = new Set(["sh", "bash", "shell", "zsh"]);
/** Lines that begin with a prompt are commands; the others are their output. */
const CONSOLE = new Set(["console", "shell-session"]);
const INLINE = /(?<mark>`+)(?<code>[^`]+)\k<mark>/g;
/** Code in a sentence counts as a command if it is a program with arguments; `docker` alone does not. */
const PROGRAM =
  /^(?:[A-Z_]+=\S+ )*(?:npx|pnpm|npm|node|cd|ava|deno|docker|git|curl|python3|pip|tar|millrace) +(?=\S)/;

/** Finds the commands of a Markdown page, in shell blocks and in sentences. Skips HTML comments. */
export function documentedCommands(page: string, markdown: string): readonly DocumentedCommand[] {
  const commands: DocumentedCommand[] = [];
  const visible = markdown.replace(/<!--[\s\S]*?-->/g, (comment) => comment.replace(/[^\n]/g, ""));
  let fence: { readonly mark: string; readonly language: string } | undefined;
  let begun: { readonly line: number; readonly text: string } | undefined;
  for (const [i, source] of visible.split("\n").entries()) {
    const line = begun?.line ?? i + 1;
    const { mark, language = "" } = FENCE.exec(source)?.groups ?? {};
    if (fence === undefined) {
      if (mark !== undefined) fence = { mark, language };
      else for (const text of inlineCommands(source)) commands.push({ page, line, text, kind: "inline" });
    } else if (mark?.startsWith(fence.mark) && language === "") {
      fence = undefined;
    } else {
      const text = begun === undefined ? blockLine(source, fence.language) : `${begun.text} ${source.trim()}`;
      begun = text?.endsWith("\\") ? { line, text: text.slice(0, -1).trim() } : undefined;
      if (text !== undefined && begun === undefined)
        commands.push({
          page,
          line,
          text: withoutComment(text),
          kind: CONSOLE.has(fence.language) ? "console" : "shell",
        });
    }
  }
  return commands;
}

function* inlineCommands(source: string): Generator<string> {
  for (const { groups } of source.matchAll(INLINE)) {
    const code = groups?.code?.trim() ?? "";
    if (PROGRAM.test(code)) yield code;
  }
}

function blockLine(source: string, language: string): string | undefined {
  const text = source.trim();
  if (SHELL.has(language)) return text === "" || text.startsWith("#") ? undefined : text;
  return CONSOLE.has(language) && text.startsWith("$ ") ? text.slice(2).trim() : undefined;
}

function withoutComment(text: string): string {
  return text.replace(/\s{2,}#.*$/, "");
}
