import { BlockList, isIP } from "node:net";

/**
 * IPv4 addresses that no webhook may reach: link-local ones, among which clouds serve a machine's credentials (RFC 3927),
 * and the metadata and host services that have other addresses: Azure's host, Alibaba Cloud, Oracle Cloud.
 */
const FORBIDDEN_V4: readonly (readonly [address: string, prefix: number])[] = [
  ["169.254.0.0", 16],
  ["168.63.129.16", 32],
  ["100.100.100.200", 32],
  ["192.0.0.192", 32],
];

/** IPv6 addresses that hold an IPv4 one, which the network may unwrap: where it begins, in bits, and what is before it. */
const HOLDS_V4: readonly (readonly [at: number, embed: (hex: string) => string])[] = [
  // Mapped (RFC 4291) is what the list takes for IPv4 by itself. "Compatible" (RFC 4291, deprecated).
  [96, (hex) => `::${hex}`],
  // SIIT (RFC 2765) and NAT64 (RFC 6052).
  [96, (hex) => `::ffff:0:${hex}`],
  [96, (hex) => `64:ff9b::${hex}`],
  // 6to4 (RFC 3056).
  [16, (hex) => `2002:${hex}::`],
];

/** IPv6: link-local (RFC 4291), NAT64 of a network's own (RFC 8215), AWS, Google Cloud; none at all. */
const FORBIDDEN_V6: readonly (readonly [address: string, prefix: number])[] = [
  ["fe80::", 10],
  ["64:ff9b:1::", 48],
  ["fd00:ec2::", 32],
  ["fd20:ce::254", 128],
  ["::", 128],
];

const FORBIDDEN = new BlockList();
// "This host": only where nothing holds it, since ::1 is in it there.
FORBIDDEN.addSubnet("0.0.0.0", 8, "ipv4");
for (const [address, prefix] of FORBIDDEN_V6) FORBIDDEN.addSubnet(address, prefix, "ipv6");
for (const [address, prefix] of FORBIDDEN_V4) {
  FORBIDDEN.addSubnet(address, prefix, "ipv4");
  for (const [at, embed] of HOLDS_V4) FORBIDDEN.addSubnet(embed(inHex(address)), at + prefix, "ipv6");
}

/** Such as `a9fe:0` for 169.254.0.0. */
function inHex(address: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
  return [(a << 8) | b, (c << 8) | d].map((group) => group.toString(16)).join(":");
}

/** True for an IP address, without brackets, that no webhook may reach; IPv4 in IPv6 counts as what it is. */
export function isForbiddenAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  return FORBIDDEN.check(address, family === 4 ? "ipv4" : "ipv6");
}
