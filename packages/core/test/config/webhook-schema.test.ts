import assert from "node:assert/strict";
import test from "ava";
import fc from "fast-check";
import { isForbiddenAddress } from "../../src/config/forbidden-address.ts";
import { WebhookSchema } from "../../src/config/webhook-schema.ts";

const linkLocal = fc.tuple(fc.nat(255), fc.nat(255)).map(([c, d]) => [169, 254, c, d] as const);

/** A number of an IPv4 address as URLs may write it. */
const spelled = (value: number) =>
  fc.constantFrom(
    String(value),
    `0x${value.toString(16)}`,
    `0X${value.toString(16).toUpperCase()}`,
    `0${value.toString(8)}`,
    `000${value.toString(8)}`,
  );

/** Of the last number, which stands for all bytes that are left. */
function ipv4(bytes: readonly number[]): fc.Arbitrary<string> {
  return fc.integer({ min: 1, max: 4 }).chain((parts) => {
    const single = bytes.slice(0, parts - 1);
    const rest = bytes.slice(parts - 1).reduce((sum, byte) => sum * 256 + byte, 0);
    return fc.tuple(...[...single, rest].map(spelled)).map((numbers) => numbers.join("."));
  });
}

/** Other characters that a URL reads as the same. */
const disguised = (host: string) =>
  fc.constantFrom(
    host,
    `${host}.`,
    host.replaceAll(".", "\u3002"),
    host.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
    host.replace(/\d/, (digit) => `%3${digit}`),
    host.replace("x", "%58"),
  );

function ipv6(bytes: readonly number[]): fc.Arbitrary<string> {
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  const groups = [a * 256 + b, c * 256 + d].map((group) => group.toString(16));
  return fc.constantFrom(
    `[::ffff:${bytes.join(".")}]`,
    `[::ffff:${groups.join(":")}]`,
    `[0:0:0:0:0:FFFF:${groups.join(":").toUpperCase()}]`,
    `[0000:0000::ffff:${groups.join(":")}]`,
    `[64:ff9b::${bytes.join(".")}]`,
    `[0064:ff9b:0:0:0:0:${groups.join(":")}]`,
    `[::${bytes.join(".")}]`,
  );
}

const localIpv6 = fc
  .tuple(fc.integer({ min: 0xfe80, max: 0xfebf }), fc.array(fc.nat(0xffff), { minLength: 7, maxLength: 7 }))
  .map(
    (groups) =>
      `[${groups
        .flat()
        .map((group) => group.toString(16))
        .join(":")}]`,
  );

const hosts = fc.oneof(
  linkLocal.chain(ipv4).chain(disguised),
  linkLocal.chain(ipv6),
  localIpv6,
  fc.constantFrom("[fe80::1]", "[FE80::]", "[fd00:ec2::254]"),
);

test("WebhookSchema refuses a link-local address however a URL may spell it", (t) => {
  const around = fc.tuple(
    fc.constantFrom("http://", "https:", "HTTP:\\\\"),
    fc.constantFrom("", ":80", "/a", ":8080/?b"),
  );
  fc.assert(
    fc.property(hosts, around, (host, [before, after]) => {
      const url = `${before}${host}${after}`;
      fc.pre(URL.canParse(url));
      const { error } = WebhookSchema.safeParse({ url });
      assert.match(
        error?.issues[0]?.message ?? "",
        /link-local/,
        `${url} is taken as ${new URL(url).hostname}`,
      );
    }),
    { numRuns: 2_000 },
  );
  t.pass();
});

test("isForbiddenAddress() recognises IPv4 in IPv6, also in the deprecated form", (t) => {
  for (const address of ["::ffff:169.254.169.254", "64:ff9b::169.254.169.254", "::169.254.169.254"])
    t.true(isForbiddenAddress(address), address);
  t.false(isForbiddenAddress("::1"));
  t.false(isForbiddenAddress("::192.0.2.1"));
});

test("WebhookSchema takes the URL of any other address", (t) => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.ipV4(),
        fc.ipV6().map((ip) => `[${ip}]`),
        fc.domain(),
      ),
      (host) => {
        const url = URL.parse(`https://${host}/hook`);
        fc.pre(url !== null && !isForbiddenAddress(url.hostname.replace(/^\[|\]$/g, "")));
        assert.ok(WebhookSchema.safeParse({ url: url.href }).success, url.href);
      },
    ),
    { numRuns: 500 },
  );
  t.true(WebhookSchema.safeParse({ url: "http://10.0.0.7:9000/" }).success);
});
