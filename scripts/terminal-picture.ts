import { mkdir, readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { runProcess } from "@millrace/process-tree";

/**
 * Draws `docs/images/demo.svg`, the README's picture of a terminal, from the real output of the demo. `node
 * scripts/terminal-picture.ts` runs the demo; given a file, it draws output that an earlier run printed to it.
 */
const root = resolve(import.meta.dirname, "..");
const target = join(root, "docs", "images", "demo.svg");
const COMMAND = "npx pnpm@12 demo";

const COLUMNS = 132;
const FONT_PX = 13;
/** Character width in common monospaced fonts, as a share of the font size. */
const CHARACTER_PX = FONT_PX * 0.602;
const LINE_PX = 18;
const PADDING_PX = 18;
const TITLE_PX = 30;

const COLOURS = { text: "#d6dbe4", dim: "#8791a3", command: "#ffffff", good: "#7fd88f" } as const;
type Colour = keyof typeof COLOURS;

/** Part of a line in one colour. */
interface Span {
  readonly column: number;
  readonly text: string;
  readonly colour: Colour;
}

/** Output about the machine rather than the demo. */
const NOISE = /^npm (warn|notice)/;
/** The demo's stderr output: hints and progress. */
const DIM = /^(packed | {4}\S|(enqueuing|running|succeeded) {2})/;

const [file] = process.argv.slice(2);
const output = file === undefined ? await runDemo() : await readFile(file, "utf8");
const lines = [`$ ${COMMAND}`, ...clean(output)].flatMap(wrap);
await mkdir(dirname(target), { recursive: true });
await writeFile(target, draw(lines));
console.log(`wrote ${target}: ${lines.length} lines`);

/** Runs the demo visibly, and captures both streams in the order in which a terminal shows them. */
async function runDemo(): Promise<string> {
  const script = join(root, "scripts", "demo.ts");
  const { code, stdout } = await runProcess(["sh", "-c", 'exec "$0" "$1" 2>&1', process.execPath, script], {
    env: { ...process.env, NO_COLOR: "1" },
    onOutput: (text) => process.stdout.write(text),
  });
  if (code === 0) return stdout;
  throw new Error(`Cannot draw the demo: it ended with exit code ${code}, expected 0`);
}

function clean(text: string): readonly string[] {
  const withoutPlaces = text.replaceAll(root, "~/millrace").replaceAll(homedir(), "~");
  const kept = withoutPlaces
    .trimEnd()
    .split("\n")
    .filter((line) => !NOISE.test(line));
  return kept.filter((line, index) => line !== "" || kept[index - 1] !== "");
}

/** Breaks a line where a terminal would. */
function wrap(line: string): readonly string[] {
  const characters = [...line];
  const rows: string[] = [];
  for (let at = 0; at === 0 || at < characters.length; at += COLUMNS) {
    rows.push(characters.slice(at, at + COLUMNS).join(""));
  }
  return rows;
}

function spansOf(line: string): readonly Span[] {
  if (line.startsWith("$ ") && !DIM.test(line)) return [{ column: 0, text: line, colour: "command" }];
  if (DIM.test(line)) return [{ column: 0, text: line, colour: "dim" }];
  const spans: Span[] = [];
  let column = 0;
  // The capturing group keeps the word itself among the pieces.
  for (const text of line.split(/\b(succeeded(?=:| *$))/)) {
    if (text !== "") spans.push({ column, text, colour: text === "succeeded" ? "good" : "text" });
    column += text.length;
  }
  return spans;
}

function draw(rows: readonly string[]): string {
  const width = Math.ceil(COLUMNS * CHARACTER_PX + 2 * PADDING_PX);
  const height = TITLE_PX + rows.length * LINE_PX + 2 * PADDING_PX;
  const text = rows.flatMap((row, index) => {
    const y = TITLE_PX + PADDING_PX + index * LINE_PX + FONT_PX;
    return spansOf(row).map((span) => drawSpan(span, y));
  });
  const lights = ["#ff5f57", "#febc2e", "#28c840"].map(
    (colour, index) =>
      `<circle cx="${PADDING_PX + 4 + index * 20}" cy="${TITLE_PX / 2 + 3}" r="6" fill="${colour}"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="A terminal that shows the output of ${COMMAND}">
<rect width="100%" height="100%" rx="10" fill="#1b1f27"/>
${lights.join("\n")}
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${FONT_PX}" xml:space="preserve">
${text.join("\n")}
</g>
</svg>
`;
}

function drawSpan({ column, text, colour }: Span, y: number): string {
  const x = (PADDING_PX + column * CHARACTER_PX).toFixed(1);
  const weight = colour === "command" ? ' font-weight="bold"' : "";
  // textLength keeps columns aligned whatever font the reader's machine has.
  const length = ([...text].length * CHARACTER_PX).toFixed(1);
  return `<text x="${x}" y="${y}" fill="${COLOURS[colour]}"${weight} textLength="${length}" lengthAdjust="spacingAndGlyphs">${escapeXml(text)}</text>`;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
