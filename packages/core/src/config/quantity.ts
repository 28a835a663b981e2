const UNIT_BYTES: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  K: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/**
 * Bytes of a size such as `64Mi`, `2Gi`, `500M` or a plain number of bytes; undefined when it is not a size. Suffixes
 * as in Kubernetes and Cortex: K M G T are powers of 1000, Ki Mi Gi Ti of 1024.
 */
export function parseSizeBytes(size: string | number): number | undefined {
  const match = /^(\d{1,16}(?:\.\d{1,9})?)([A-Za-z]{0,2})$/.exec(String(size).trim());
  const unit = match?.[2] ?? "";
  if (!match || !Object.hasOwn(UNIT_BYTES, unit)) return undefined;
  const bytes = Math.round(Number(match[1]) * (UNIT_BYTES[unit] ?? 1));
  return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** The shortest exact spelling of a size: `2147483648` is `2Gi`. */
export function formatSize(bytes: number): string {
  for (const unit of ["Ti", "Gi", "Mi", "Ki", "T", "G", "M", "K"]) {
    const unitBytes = UNIT_BYTES[unit] ?? 1;
    if (bytes >= unitBytes && bytes % unitBytes === 0) return `${bytes / unitBytes}${unit}`;
  }
  return String(bytes);
}

/** Cores of `1`, `0.5`, `"2"` or `"500m"` (thousandths); undefined when it is none of these or not positive. */
export function parseCores(cpu: string | number): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,9})?)(m?)$/.exec(String(cpu).trim());
  if (!match) return undefined;
  const cores = match[2] === "m" ? Number(match[1]) / 1000 : Number(match[1]);
  return cores > 0 ? cores : undefined;
}
