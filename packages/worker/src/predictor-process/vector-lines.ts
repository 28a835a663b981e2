import type { Vectors } from "@millrace/predictor/protocol";

/** Below and from these, Python writes a float with an exponent. */
const EXPONENT_BELOW = 1e-4;
const EXPONENT_FROM = 1e16;

/** The vectors as JSON arrays, one for each item, in the text that the host's language gives them. */
export function vectorLines({ values, width, language }: Vectors): readonly string[] {
  const text = language === "python" ? pythonText : javaScriptText;
  const lines: string[] = [];
  for (let start = 0; start < values.length; start += width) {
    lines.push(text(values.subarray(start, start + width)));
  }
  return lines;
}

function javaScriptText(vector: ArrayLike<number>): string {
  return JSON.stringify(Array.from(vector));
}

/** As `repr` writes each number: the same row has the same text, whichever way it was written. */
function pythonText(vector: Float32Array | Float64Array): string {
  const texts = new Array<string>(vector.length);
  for (let i = 0; i < vector.length; i++) {
    const value = vector[i] as number;
    const size = Math.abs(value);
    const isPlain = size >= EXPONENT_BELOW && size < EXPONENT_FROM && value % 1 !== 0;
    texts[i] = isPlain ? `${value}` : specialText(value, size);
  }
  return `[${texts.join(",")}]`;
}

function specialText(value: number, size: number): string {
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  if (size >= EXPONENT_BELOW && size < EXPONENT_FROM) return `${value}.0`;
  return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
}
