import { readFileSync } from "node:fs";
import { JOB_STATUSES, silentLogger, WORKER_STATUSES } from "@millrace/core";
import test, { type ExecutionContext } from "ava";
import { Metrics } from "../src/metrics/metrics.ts";
import { startHarness } from "./helpers/harness.ts";
import { type Family, Scrape } from "./metrics-scrape.ts";

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly targets?: readonly { readonly expr: string }[];
}

const docs = new URL("../../../docs/", import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, docs), "utf8");
const METRIC = /\b(?:millrace|process|nodejs)_[a-z0-9_]+/g;

async function families(t: ExecutionContext): Promise<ReadonlyMap<string, Family>> {
  const { backend } = await startHarness(t);
  const metrics = new Metrics({ backend, logger: silentLogger, now: Date.now });
  return new Scrape(await metrics.render()).families;
}

/** The family that a name in an expression belongs to, or undefined. */
function familyOf(all: ReadonlyMap<string, Family>, name: string): string | undefined {
  if (all.has(name)) return name;
  const base = name.replace(/_(bucket|sum|count)$/, "");
  return all.get(base)?.type === "histogram" ? base : undefined;
}

/** Fails for what the expression asks for and no scrape has. */
function checkExpression(t: ExecutionContext, all: ReadonlyMap<string, Family>, expression: string): void {
  const names = expression.match(METRIC) ?? [];
  t.true(names.length > 0 || /\bup\b/.test(expression), expression);
  for (const name of names) t.truthy(familyOf(all, name), `${name} in ${expression}`);
  for (const [, metric, selector = ""] of expression.matchAll(/(millrace_\w+)\{([^}]*)\}/g)) {
    const statuses = /\bstatus=~?"([^"]*)"/.exec(selector)?.[1]?.split("|") ?? [];
    const known: Record<string, readonly string[]> = {
      millrace_workers: WORKER_STATUSES,
      millrace_jobs: Object.keys(JOB_STATUSES),
      millrace_jobs_ended_total: Object.keys(JOB_STATUSES),
    };
    for (const status of known[String(metric)] ? statuses : []) {
      t.true(known[String(metric)]?.includes(status), `${status} in ${expression}`);
    }
  }
}

test("alerts.yaml uses only metrics and statuses that exist, and a page says what to do for each alert", async (t) => {
  const all = await families(t);
  const text = read("monitoring/alerts.yaml");
  const alerts = [...text.matchAll(/^ +- alert: (\w+)\n +expr: (.+)$/gm)];
  t.is(alerts.length, [...text.matchAll(/\bexpr:/g)].length);
  for (const [, , expression = ""] of alerts) checkExpression(t, all, expression);
  const documented = [...read("how-to/monitor.md").matchAll(/^\| `(Millrace\w+)` \|/gm)].map(
    ([, name]) => name,
  );
  t.deepEqual(
    documented,
    alerts.map(([, name]) => name),
  );
});

test("grafana-dashboard.json uses only metrics and statuses that exist, and shows all of our metrics", async (t) => {
  const all = await families(t);
  const { panels } = JSON.parse(read("monitoring/grafana-dashboard.json")) as { panels: readonly Panel[] };
  t.is(new Set(panels.map(({ id }) => id)).size, panels.length);
  const shown = new Set<string | undefined>();
  for (const { title, type, targets = [] } of panels) {
    t.is(targets.length === 0, type === "row", title);
    for (const { expr } of targets) {
      checkExpression(t, all, expr);
      for (const name of expr.match(METRIC) ?? []) shown.add(familyOf(all, name));
    }
  }
  const notShown = new Set([
    "millrace_build_info",
    "millrace_collect_success",
    "millrace_jobs_submitted_total",
  ]);
  for (const name of all.keys()) {
    if (name.startsWith("millrace_") && !notShown.has(name)) t.true(shown.has(name), name);
  }
});

test("a page describes all of our metrics with their types, and no others", async (t) => {
  const all = await families(t);
  const rows = [...read("reference/metrics.md").matchAll(/^\| `(millrace_\w+)(?:\{[^}]*\})?` \| (\w+) \|/gm)];
  const described = Object.fromEntries(rows.map(([, name, type]) => [name, type]));
  const ours = [...all].filter(([name]) => name.startsWith("millrace_"));
  t.deepEqual(described, Object.fromEntries(ours.map(([name, { type }]) => [name, type])));
});
