import { type Line, type Measurement, median, meetsTarget, ratios } from "./measure.ts";

/** Columns of the table of measured lines. */
const HEAD = ["what", "Millrace", "peer or limit", "ratio [min..max]", "target", ""] as const;

/** One line for the terminal. */
export function format(line: Line): string {
  if ("skipped" in line) return `skip ${line.name}: ${line.skipped.split("\n")[0]}`;
  const verdict = { true: "ok  ", false: "MISS", undefined: "    " }[String(meetsTarget(line))];
  const [, ours, peer, spread, target] = cells(line);
  const against = line.peer ? ` vs ${peer}: ratio ${spread}` : ` ${spread}`;
  return `${verdict} ${line.name}: ${ours}${against}${target === "" ? "" : `, target ${target}`}`;
}

/** A Markdown table. */
export function markdownTable(lines: readonly Line[]): string {
  const rows = lines.map((line) => {
    if ("skipped" in line) return [line.name, "", "", "", "", `not measured: ${line.skipped.split("\n")[0]}`];
    const met = meetsTarget(line);
    return [...cells(line), met === undefined ? "" : met ? "met" : "**missed**"];
  });
  const alignment = HEAD.map((_, column) => (column === 0 ? "---" : "---:"));
  return [HEAD, alignment, ...rows]
    .map((row) => `| ${row.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n");
}

function cells(measurement: Measurement): readonly string[] {
  const { name, unit, better, ours, peer, target } = measurement;
  const all = ratios(measurement);
  const range = `[${figure(Math.min(...all))}..${figure(Math.max(...all))}]`;
  return [
    name,
    `${figure(median(ours))} ${unit}`.trim(),
    peer ? `${figure(median(peer.values))} (${peer.name})` : "",
    peer ? `${figure(median(all))} ${range}` : range,
    target === undefined ? "" : `${better === "more" ? ">=" : "<="} ${target}`,
  ];
}

/** Three significant digits; whole numbers have thousands separators. */
export function figure(value: number): string {
  return Math.abs(value) >= 100
    ? Math.round(value).toLocaleString("en-US")
    : String(Number(value.toPrecision(3)));
}
