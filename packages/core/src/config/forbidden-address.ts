import { BlockList, isIP } from "node:net";

/**
 * Addresses that no webhook may reach: link-local ones, among which clouds serve a machine's credentials
 * (RFC 3927, RFC 4291), and the metadata and host services that have other addresses.
 */
const FORBIDDEN = new BlockList();
FORBIDDEN.addSubnet("169.254.0.0", 16, "ipv4");
FORBIDDEN.addSubnet("0.0.0.0", 8, "ipv4");
FORBIDDEN.addSubnet("fe80::", 10, "ipv6");
// Link-local IPv4 inside IPv6: NAT64 (RFC 6052, and the prefix of networks' own, RFC 8215), 6to4, "compatible" (RFC 4291).
FORBIDDEN.addSubnet("64:ff9b::a9fe:0", 112, "ipv6");
FORBIDDEN.addSubnet("64:ff9b:1::", 48, "ipv6");
FORBIDDEN.addSubnet("2002:a9fe::", 32, "ipv6");
FORBIDDEN.addSubnet("::a9fe:0", 112, "ipv6");
// AWS over IPv6, Azure's host, Alibaba Cloud, Oracle Cloud.
FORBIDDEN.addAddress("fd00:ec2::254", "ipv6");
FORBIDDEN.addAddress("168.63.129.16", "ipv4");
FORBIDDEN.addAddress("100.100.100.200", "ipv4");
FORBIDDEN.addAddress("192.0.0.192", "ipv4");

/** True for an IP address, without brackets, that no webhook may reach; IPv4 in IPv6 counts as what it is. */
export function isForbiddenAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  return FORBIDDEN.check(address, family === 4 ? "ipv4" : "ipv6");
}
