import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { homePaths } from "@millrace/backend-local";
import test from "ava";
import type { Page } from "playwright-core";
import {
  deployPython,
  jobPath,
  numbers,
  openDashboard,
  type Platform,
  poll,
  pythonPredict,
  runJob,
  sharedBrowser,
  startPlatform,
  submit,
} from "../../src/mod.ts";

const openPage = sharedBrowser(test);
/** A page that is busy for longer feels stuck. About 100 ms on an idle machine; tests share theirs. */
const LONGEST_MS = 1_000;

/** Notes when the first row of the list is on the screen, and the longest that the page was busy. */
const WATCH = `
  window.longestTaskMs = 0;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longestTaskMs = Math.max(longestTaskMs, duration);
  }).observe({ type: "longtask" });
  new MutationObserver((_changes, observer) => {
    if (!document.querySelector(".jobs-link")) return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => { window.firstRowMs = performance.now(); }));
  }).observe(document, { childList: true, subtree: true });
`;

function longestTaskMs(page: Page): Promise<number> {
  return page.evaluate("window.longestTaskMs");
}

/** Copies of a finished job in the installation's index, as a year of work leaves them. */
async function copyJob(platform: Platform, jobId: string, count: number): Promise<void> {
  await platform.stop();
  const { indexFile, jobsDirectory } = homePaths(platform.home);
  const database = new DatabaseSync(indexFile);
  const columns = "api_name, api_version, status, over, labels";
  const insert = database.prepare(
    `INSERT INTO jobs (job_id, ${columns}, spec, state)
     SELECT ?, ${columns}, replace(spec, job_id, ?), state FROM jobs WHERE job_id = ?`,
  );
  database.exec("BEGIN");
  for (let i = 0; i < count; i++) {
    const copy = `00000000000000000000${String(i).padStart(6, "0")}`;
    insert.run(copy, copy, jobId);
    mkdirSync(join(jobsDirectory, copy));
  }
  database.exec("COMMIT");
  database.close();
  await platform.start();
}

test.serial("with 10,000 jobs the list is usable, and every job can be found", async (t) => {
  const platform = await startPlatform(t);
  await deployPython(platform, "echo", pythonPredict("return payload"));
  const { jobId } = await runJob(platform, "echo", numbers(10, { labels: { team: "search" } }));
  await copyJob(platform, jobId, 10_000);
  const watched = await openPage(t);
  const page = await openDashboard(watched, platform);
  await page.addInitScript(WATCH);
  const times: number[] = [];
  for (let load = 0; load < 3; load++) {
    await page.reload();
    times.push(await poll("the first row", () => page.evaluate("window.firstRowMs")));
  }
  t.log(`first row after ${times.map(Math.round).join(", ")} ms`);
  t.true(Math.min(...times) < 1_000);
  t.is(await page.locator(".jobs-link").count(), 50);

  await page.getByRole("button", { name: "Older jobs" }).click();
  await poll("two pages", async () => (await page.locator(".jobs-link").count()) === 100);
  await page.getByLabel("Search jobs").fill("000004321");
  await poll("the one", async () => (await page.locator(".jobs-link").count()) === 1);
  await page.getByLabel("Search jobs").fill("");
  await poll("all of them", async () => (await page.locator(".jobs-link").count()) === 50);
  const longest = await longestTaskMs(page);
  t.log(`longest task ${Math.round(longest)} ms`);
  t.true(longest < LONGEST_MS);
  t.deepEqual(watched.problems, []);
});

test.serial("a job of 1,000 workers can be sorted and filtered while it runs", async (t) => {
  const platform = await startPlatform(t);
  const slow = pythonPredict("time.sleep(0.05)", "return payload");
  // Most of them wait for a CPU.
  await deployPython(platform, "slow", slow, { compute: { cpu: 1 } });
  const job = await submit(platform, "slow", numbers(20_000, { batch_size: 1, workers: 1_000 }));
  const watched = await openPage(t);
  await watched.page.addInitScript(WATCH);
  const page = await openDashboard(watched, platform, jobPath(job));
  const rows = page.locator(".workers tbody tr");
  await page.getByText("Page 1 of 20").waitFor();
  t.is(await rows.count(), 50);
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByText("Page 2 of 20").waitFor();
  t.regex((await rows.first().textContent()) ?? "", /^50/);

  await page.getByRole("button", { name: "Items", exact: true }).click();
  await page.getByText("Page 1 of 20").waitFor();
  await poll("the busiest worker on top", async () =>
    /Running/.test((await rows.first().textContent()) ?? ""),
  );
  await page.getByRole("combobox", { name: "Workers by status" }).selectOption("running");
  await poll("those that run alone", async () => {
    const texts = await rows.allTextContents();
    return texts.length < 50 && texts.every((text) => text.includes("Running"));
  });
  const longest = await longestTaskMs(page);
  t.log(`longest task ${Math.round(longest)} ms`);
  t.true(longest < LONGEST_MS);
  await platform.client.stop(job.endpoint, job.jobId);
  t.deepEqual(watched.problems, []);
});

test.serial(
  "a log of thousands of lines a second does not slow the page, and says what it does not show",
  async (t) => {
    const platform = await startPlatform(t);
    const talk = pythonPredict(
      "for line in range(2_000):",
      "    print(payload[0], line)",
      "time.sleep(0.15)",
      "return payload",
    );
    await deployPython(platform, "talk", talk);
    const job = await submit(platform, "talk", numbers(1_000, { batch_size: 1 }));
    const watched = await openPage(t);
    await watched.page.addInitScript(WATCH);
    const page = await openDashboard(watched, platform, jobPath(job));
    await page.getByRole("heading", { name: "Log" }).scrollIntoViewIfNeeded();
    const began = performance.now();
    const dropped = await poll("20,000 lines", async () => {
      const text = await page.locator(".log-about").textContent();
      const earlier = Number(
        /([\d,]+) earlier lines not shown/.exec(text ?? "")?.[1]?.replaceAll(",", "") ?? 0,
      );
      return earlier > 20_000 && earlier;
    });
    const perSecond = (1_000 * dropped) / (performance.now() - began);
    const longest = await longestTaskMs(page);
    t.log(`${Math.round(perSecond)} lines a second, longest task ${Math.round(longest)} ms`);
    t.true(longest < LONGEST_MS);
    t.true((await page.locator(".log-line").count()) < 100, "only what is on the screen is drawn");
    await platform.client.stop(job.endpoint, job.jobId);
    t.deepEqual(watched.problems, []);
  },
);
