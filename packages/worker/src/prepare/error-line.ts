/**
 * How installers report errors, most useful first; if several lines match a pattern, the first or the last is taken.
 */
const KINDS: readonly { readonly pattern: RegExp; readonly takes: "first" | "last" }[] = [
  // pip's summary
  { pattern: /^ERROR: /, takes: "last" },
  // compilers: `file.c:1:10: fatal error: …`
  { pattern: /^\S+:\d+(:\d+)?: (fatal )?error: /, takes: "first" },
  // Python, also in build output that pip shows, and Node
  { pattern: /^([A-Za-z_]\w*\.)*[A-Z]\w*(Error|Exception): /, takes: "last" },
  { pattern: /^Error: \S/, takes: "first" },
  // Debian's Python without its venv package
  { pattern: /^apt install python\S*-venv/, takes: "last" },
  { pattern: /^npm (error|ERR!) /, takes: "first" },
  // pnpm, inside its box-drawing output
  { pattern: /^([×╰├]\S*\s+)?(Failed to resolve|ERR_PNPM_)/, takes: "first" },
  { pattern: /^(error|fatal): /i, takes: "last" },
];
/** Lines that match but only refer to other output. */
const VAGUE =
  /^ERROR: (ResolutionImpossible|Failed (building|to build)|Could not build wheels|pip's dependency resolver)|^npm (error|ERR!) (code|errno|syscall|path|command|A complete log)\b|^Error: (ERR_PNPM_|Command )|^error: (subprocess-exited-with-error|metadata-generation-failed)/;
const MAX_CHARS = 500;

/** True for a line that may say what went wrong. */
export function mayTell(line: string): boolean {
  const text = line.trim();
  return !VAGUE.test(text) && KINDS.some(({ pattern }) => pattern.test(text));
}

/**
 * The line of an installer's output that says what went wrong. The last line is rarely useful: output and errors come
 * through two pipes, and most installers end with a pointer to more information.
 */
export function errorLine(lines: readonly string[]): string | undefined {
  const texts = lines.map((line) => line.trim()).filter((text) => text !== "");
  for (const { pattern, takes } of KINDS) {
    const found = texts.filter((text) => pattern.test(text) && !VAGUE.test(text));
    const line = takes === "first" ? found[0] : found.at(-1);
    if (line !== undefined) return clip(line);
  }
  const last = texts.at(-1);
  return last === undefined ? undefined : clip(last);
}

function clip(line: string): string {
  return line.length <= MAX_CHARS ? line : `${line.slice(0, MAX_CHARS)}…`;
}
