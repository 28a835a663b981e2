import test from "ava";
import { isForbiddenAddress } from "../../src/config/forbidden-address.ts";

const FORBIDDEN = [
  ...["169.254.169.254", "169.254.170.2", "0.0.0.0", "168.63.129.16", "100.100.100.200", "192.0.0.192"],
  ...["fe80::1", "fe80::1%eth0", "fd00:ec2::254", "FD00:EC2:0::254"],
  // The same addresses inside IPv6: mapped, compatible, NAT64, a network's own NAT64, 6to4.
  ...["::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "::169.254.169.254", "64:ff9b::169.254.169.254"],
  ...["64:ff9b:1::a9fe:a9fe", "2002:a9fe:a9fe::1", "::ffff:168.63.129.16"],
];
/** Receivers on this machine and in private networks are the point of many a webhook. */
const ALLOWED = ["127.0.0.1", "::1", "10.0.0.1", "192.168.1.1", "fd00::1", "93.184.216.34", "2606:4700::1"];

test("isForbiddenAddress() is true for what serves credentials, however it is written", (t) => {
  for (const address of FORBIDDEN) t.true(isForbiddenAddress(address), address);
  for (const address of [...ALLOWED, "example.com", ""]) t.false(isForbiddenAddress(address), address);
});
