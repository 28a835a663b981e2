import { stripVTControlCharacters } from "node:util";
import { terminalText } from "./terminal-text.ts";

/** One column of a table. */
export interface Column {
  readonly title: string;
  /** @default "left" */
  readonly align?: "left" | "right";
}

const GAP = "  ";

/** Aligned lines: the titles, then one line per row. Colours in cells do not count towards the width. */
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

/** A cell must not break the table's layout. */
function oneLine(cell: string): string {
  return terminalText(cell.replace(/[\r\n\t]+/g, " "));
}

function visibleWidth(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}
