/** Undefined for the browser's own language; tests set one. */
export type Locale = string | undefined;

const formatters = new Map<string, Intl.NumberFormat>();

/** Cached: making a formatter costs more than using one a thousand times. */
function formatter(locale: Locale, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${locale} ${JSON.stringify(options)}`;
  const known = formatters.get(key);
  if (known) return known;
  const made = new Intl.NumberFormat(locale, options);
  formatters.set(key, made);
  return made;
}

/** A whole number with thousands separators. */
export function count(value: number, locale?: Locale): string {
  return formatter(locale, { maximumFractionDigits: 0 }).format(value);
}

/** A number with its noun: "1 item", "2 items". */
export function counted(value: number, noun: string, locale?: Locale): string {
  return `${count(value, locale)} ${value === 1 ? noun : `${noun}s`}`;
}

/** A number for an axis: "12K", "3.5M". */
export function compact(value: number, locale?: Locale): string {
  return formatter(locale, { notation: "compact", maximumFractionDigits: 1 }).format(value);
}

/** Two or three significant digits, whatever the size: "0.42", "8.5", "1,240". */
export function rate(value: number, locale?: Locale): string {
  const digits = value >= 100 ? 0 : value >= 1 ? 1 : 2;
  return formatter(locale, { maximumFractionDigits: digits }).format(value);
}

/** A share as percent. Only the whole is "100 %", and only zero is "0 %": "100 %" reads as done. */
export function percent(part: number, whole: number, locale?: Locale): string {
  if (whole <= 0 || part <= 0) return "0 %";
  if (part >= whole) return "100 %";
  const share = (100 * part) / whole;
  if (share < 0.1) return "< 0.1 %";
  if (share < 10) return `${formatter(locale, { maximumFractionDigits: 1 }).format(Math.min(share, 9.9))} %`;
  return `${Math.floor(share)} %`;
}

const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

export function bytes(value: number, locale?: Locale): string {
  let size = value;
  let unit = 0;
  while (size >= 1024 && unit < BYTE_UNITS.length - 1) {
    size /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || size >= 100 ? 0 : 1;
  return `${formatter(locale, { maximumFractionDigits: digits }).format(size)} ${BYTE_UNITS[unit]}`;
}
