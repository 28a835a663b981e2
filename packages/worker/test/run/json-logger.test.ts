import test from "ava";
import { jsonLogger } from "../../src/run/json-logger.ts";

test("jsonLogger() writes one JSON object per line, with bound and given fields", (t) => {
  const lines: string[] = [];
  const logger = jsonLogger((line) => lines.push(line)).child({ job_id: "j", worker: 2 });
  logger.debug("not told");
  logger.info("started", { pid: 7 });
  logger.child({ batch: "b" }).error("failed", { error: new TypeError("odd") });
  t.true(lines.every((line) => line.endsWith("}\n")));
  const [started, failed] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  t.is(lines.length, 2);
  t.like(started, { level: "info", job_id: "j", worker: 2, batch: null, text: "started", pid: 7 });
  t.like(failed, { level: "error", batch: "b", error: { name: "TypeError", message: "odd" } });
});
