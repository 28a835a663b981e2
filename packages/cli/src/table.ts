import { stripVTControlCharacters } from "node:util";
import { terminalText } from "./terminal-text.ts";

/** One column of a table. */
export interface Column {
  readonly title: string;
  /** @default "left" */
  readonly align?: "left" | "right";
}

const GAP = "  ";

/** Aligned lines: the titles, then a line for each row. Colours in cells do not count as width. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const all = [columns.map(({ title }) => title), ...rows.map((row) => row.map(oneLine))];
  const widths = columns.map((_, index) => Math.max(...all.map((row) => visibleWidth(row[index] ?? ""))));
  return all.map((row) =>
    columns
      .map((column, index) => {
        const cell = row[index] ?? "";
        const padding = " ".repeat((widths[index] ?? 0) - visibleWidth(cell));
        return column.align === "right" ? padding + cell : cell + padding;
      })
      .join(GAP)
      .trimEnd(),
  );
}

/** A cell never breaks its table. */
function oneLine(cell: string): string {
  return terminalText(cell.replace(/[\r\n\t]+/g, " "));
}

function visibleWidth(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}
