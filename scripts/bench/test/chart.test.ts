import test from "ava";
import { ratioChart } from "../chart.ts";
import type { Measurement } from "../measure.ts";

function measured(ours: number, better: Measurement["better"] = "more"): Measurement {
  return { name: `of <${ours}>`, unit: "s", better, ours: [ours], peer: { name: "peer", values: [10] } };
}

function bars(svg: string) {
  return [...svg.matchAll(/<rect class="(\w+)" x="([\d.]+)" y="\d+" width="([\d.]+)"/g)].map(
    ([, kind, x, width]) => ({ kind, x: Number(x), end: Number(x) + Number(width), width: Number(width) }),
  );
}

test("ratioChart() draws wins to the right of 1 and losses to the left, on a logarithmic scale", (t) => {
  const svg = ratioChart("noop", [measured(100), measured(1_000), measured(5)]) ?? "";
  const one = Number(/<line x1="([\d.]+)"/.exec(svg)?.[1]);
  const [ten, hundred, half] = bars(svg);
  if (!ten || !hundred || !half) return t.fail("three bars are expected");
  t.deepEqual([ten.kind, hundred.kind, half.kind], ["won", "won", "lost"]);
  t.is(ten.x, one);
  t.is(hundred.x, one);
  t.true(Math.abs(hundred.width - 2 * ten.width) < 0.3, `${hundred.width} is twice ${ten.width}`);
  t.true(Math.abs(half.end - one) < 0.2);
});

test("ratioChart() draws less as better when it is", (t) => {
  const [bar] = bars(ratioChart("latency", [measured(2, "less")]) ?? "");
  t.is(bar?.kind, "won");
});

test("ratioChart() draws a ratio of 1 visibly", (t) => {
  const svg = ratioChart("even", [measured(10)]) ?? "";
  t.true((bars(svg)[0]?.width ?? 0) >= 2);
  t.notRegex(svg, /NaN|Infinity/);
});

test("ratioChart() escapes names, and has colours for dark pages", (t) => {
  const svg = ratioChart('a & "b"', [measured(20)]) ?? "";
  t.regex(svg, /of &lt;20&gt; vs peer/);
  t.regex(svg, /a &amp; &quot;b&quot;/);
  t.regex(svg, /prefers-color-scheme: dark/);
});

test("ratioChart() is empty without a peer", (t) => {
  t.is(ratioChart("alone", [{ name: "alone", unit: "s", better: "less", ours: [1] }]), undefined);
});
