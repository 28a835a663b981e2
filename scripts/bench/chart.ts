import { advantage, type Measurement } from "./measure.ts";
import { figure } from "./table.ts";

const WIDTH = 760;
const LABELS = 400;
const BARS = WIDTH - LABELS - 60;
const ROW = 24;
const HEAD = 34;

/**
 * A bar per measurement that shows how many times better than its peer it is, on a logarithmic scale centred on 1: we
 * win to the right and lose to the left. Undefined when there is nothing to draw. The colours suit light and dark
 * pages.
 */
export function ratioChart(title: string, measurements: readonly Measurement[]): string | undefined {
  const rows = measurements.flatMap((measurement) => {
    const times = advantage(measurement);
    return times === undefined || !measurement.peer
      ? []
      : [{ label: `${measurement.name} vs ${measurement.peer.name}`, times }];
  });
  if (rows.length === 0) return undefined;
  const logs = rows.map(({ times }) => Math.log10(times));
  const low = Math.min(0, ...logs);
  const high = Math.max(0, ...logs);
  const x = (log: number) => LABELS + ((log - low) / (high - low || 1)) * BARS;
  const height = HEAD + rows.length * ROW + 8;
  const bars = rows.map(({ label, times }, row) => {
    const log = Math.log10(times);
    const top = HEAD + row * ROW;
    const left = Math.min(x(0), x(log));
    // Wide enough to be visible: a ratio of 1 is a result, too.
    const width = Math.max(2, Math.abs(x(log) - x(0)));
    return [
      `<text x="${LABELS - 8}" y="${top + 15}" text-anchor="end">${escaped(label)}</text>`,
      `<rect class="${times >= 1 ? "won" : "lost"}" x="${left.toFixed(1)}" y="${top + 3}" width="${width.toFixed(1)}" height="${ROW - 8}" rx="2"/>`,
      `<text x="${(Math.max(x(0), x(log)) + 6).toFixed(1)}" y="${top + 15}">${figure(times)}</text>`,
    ].join("\n");
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(`${title}: how many times better than each peer`)}">
<style>
text { font: 12px system-ui, sans-serif; fill: #57606a }
.title { font-weight: 600 }
.won { fill: #2f81f7 }
.lost { fill: #d29922 }
line { stroke: #8b949e; stroke-dasharray: 3 3 }
@media (prefers-color-scheme: dark) { text { fill: #adbac7 } }
</style>
<text class="title" x="${LABELS - 8}" y="20" text-anchor="end">${escaped(title)}: times better (line: 1)</text>
${bars.join("\n")}
<line x1="${x(0).toFixed(1)}" y1="${HEAD - 6}" x2="${x(0).toFixed(1)}" y2="${height - 4}"/>
</svg>
`;
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
