import { BlockList, isIP } from "node:net";

/**
 * IPv4 addresses that webhooks must not reach: the link-local range, where clouds serve a machine's credentials (RFC
 * 3927), and metadata and host services at other addresses: Azure's host, Alibaba Cloud, Oracle Cloud.
 */
const FORBIDDEN_V4: readonly (readonly [address: string, prefix: number])[] = [
  ["169.254.0.0", 16],
  ["168.63.129.16", 32],
  ["100.100.100.200", 32],
  ["192.0.0.192", 32],
];

/**
 * IPv6 addresses that embed an IPv4 address, which the network may unwrap: the bit at which it starts, and the bits
 * before it.
 */
const HOLDS_V4: readonly (readonly [at: number, embed: (hex: string) => string])[] = [
  // Mapped addresses (RFC 4291) need no entry: the block list treats them as IPv4. "Compatible" (RFC 4291, deprecated).
  [96, (hex) => `::${hex}`],
  // SIIT (RFC 2765) and NAT64 (RFC 6052).
  [96, (hex) => `::ffff:0:${hex}`],
  [96, (hex) => `64:ff9b::${hex}`],
  // 6to4 (RFC 3056).
  [16, (hex) => `2002:${hex}::`],
];

/** IPv6: link-local (RFC 4291), local-use NAT64 prefix (RFC 8215), AWS, Google Cloud; and the unspecified address. */
const FORBIDDEN_V6: readonly (readonly [address: string, prefix: number])[] = [
  ["fe80::", 10],
  ["64:ff9b:1::", 48],
  ["fd00:ec2::", 32],
  ["fd20:ce::254", 128],
  ["::", 128],
];

const FORBIDDEN = new BlockList();
// "This host": only as plain IPv4, because its embedded form would include ::1.
FORBIDDEN.addSubnet("0.0.0.0", 8, "ipv4");
for (const [address, prefix] of FORBIDDEN_V6) FORBIDDEN.addSubnet(address, prefix, "ipv6");
for (const [address, prefix] of FORBIDDEN_V4) {
  FORBIDDEN.addSubnet(address, prefix, "ipv4");
  for (const [at, embed] of HOLDS_V4) FORBIDDEN.addSubnet(embed(inHex(address)), at + prefix, "ipv6");
}

/** For example `a9fe:0` for 169.254.0.0. */
function inHex(address: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
  return [(a << 8) | b, (c << 8) | d].map((group) => group.toString(16)).join(":");
}

/** True for an IP address, without brackets, that webhooks must not reach. IPv4 embedded in IPv6 is checked as IPv4. */
export function isForbiddenAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  return FORBIDDEN.check(address, family === 4 ? "ipv4" : "ipv6");
}
