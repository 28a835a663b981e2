import test from "ava";
import { isForbiddenAddress } from "../../src/config/forbidden-address.ts";

const V4 = ["169.254.169.254", "169.254.170.2", "169.254.0.0", "169.254.255.255"].concat([
  "168.63.129.16",
  "100.100.100.200",
  "192.0.0.192",
]);
const V6 = [
  ...["fe80::1", "fe80::1%eth0", "febf:ffff::1", "FD00:EC2:0::254"],
  // AWS: metadata, DNS, and the credentials of EKS' pods. Google Cloud.
  ...["fd00:ec2::254", "fd00:ec2::253", "fd00:ec2::23", "fd00:ec2:ffff::1", "fd20:ce::254"],
  ...["64:ff9b:1::a9fe:a9fe", "::"],
];
/** Receivers on this machine and in private networks are the point of many a webhook. */
const ALLOWED = [
  ...["127.0.0.1", "::1", "10.0.0.1", "192.168.1.1", "fd00::1", "93.184.216.34", "2606:4700::1"],
  ...["169.253.255.255", "169.255.0.0", "168.63.129.17", "100.100.100.201", "fd00:ec1::254", "fd20:ce::253"],
  ...["::10.0.0.1", "::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "2002:a00:1::1", "2002:a9fd:ffff::1", "fec0::1"],
];

/** The ways in which IPv6 writes an IPv4 address: mapped, compatible, translated, NAT64, 6to4. */
function inV6(address: string): readonly string[] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
  const hex = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  return [
    ...[`::ffff:${address}`, `::ffff:${hex}`, `::${address}`, `::${hex}`, `0:0:0:0:0:0:${hex}`],
    ...[`::ffff:0:${address}`, `64:ff9b::${address}`, `64:ff9b::${hex}`],
    ...[`2002:${hex}::`, `2002:${hex}::1`, `2002:${hex}:ffff:ffff:ffff:ffff:ffff`],
  ];
}

test("isForbiddenAddress() is true for addresses that serve credentials, however they are written", (t) => {
  const forbidden = [...V4, ...V6, ...V4.flatMap(inV6), "0.0.0.0", "0.1.2.3", "::ffff:0.0.0.0"];
  for (const address of forbidden) t.true(isForbiddenAddress(address), address);
  for (const address of [...ALLOWED, "example.com", ""]) t.false(isForbiddenAddress(address), address);
});
