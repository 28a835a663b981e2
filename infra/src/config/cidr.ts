/** A block of IPv4 addresses as numbers; `last` is inclusive. */
export interface Cidr {
  readonly first: number;
  readonly last: number;
  readonly prefixLength: number;
}

/** Parses `10.0.0.0/16`; undefined if it is invalid or has bits set after the prefix. */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  if (!match) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, prefixLength = 0] = match.slice(1).map(Number);
  if (Math.max(a, b, c, d) > 255 || prefixLength > 32) return undefined;
  const first = ((a * 256 + b) * 256 + c) * 256 + d;
  const size = 2 ** (32 - prefixLength);
  return first % size === 0 ? { first, last: first + size - 1, prefixLength } : undefined;
}

export function formatCidr({ first, prefixLength }: Pick<Cidr, "first" | "prefixLength">): string {
  const octets = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256);
  return `${octets.join(".")}/${prefixLength}`;
}

export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.first <= b.last && b.first <= a.last;
}

export function contains(outer: Cidr, inner: Cidr): boolean {
  return outer.first <= inner.first && inner.last <= outer.last;
}

/** The `index`-th block of `prefixLength` in a larger one. */
export function subnetOf(
  outer: Cidr,
  { prefixLength, index }: { prefixLength: number; index: number },
): Cidr {
  const size = 2 ** (32 - prefixLength);
  const first = outer.first + index * size;
  return { first, last: first + size - 1, prefixLength };
}
