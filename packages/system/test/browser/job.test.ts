import { readFile } from "node:fs/promises";
import test from "ava";
import type { Page } from "playwright-core";
import {
  deployPython,
  jobPath,
  numbers,
  openDashboard,
  poll,
  processesOf,
  pythonPredict,
  sharedBrowser,
  sharedPlatform,
  signal,
  submit,
} from "../../src/mod.ts";

const platform = sharedPlatform(test);
const openPage = sharedBrowser(test);

const ITEMS = 300;
/** Slow enough to be watched; refuses one item of ten. */
const FLAKY = pythonPredict(
  "time.sleep(0.1)",
  'print(f"look at {payload[0]}", flush=True)',
  "if any(item % 10 == 3 for item in payload):",
  '    raise ValueError(f"cannot take {[item for item in payload if item % 10 == 3][0]}")',
  "return payload",
);
const MENDED = pythonPredict("return payload");
const SLOW = pythonPredict("time.sleep(0.3)", "return payload");

/** The log's lines scroll in it. */
const LOG = 'document.querySelector("[role=log]")';

/** Everything on the page is what events told: it was not loaded again. */
async function markLoad(page: Page): Promise<() => Promise<boolean>> {
  await page.evaluate("window.isFirstLoad = true");
  return () => page.evaluate("window.isFirstLoad === true");
}

async function percentOf(page: Page): Promise<number> {
  const value = await page
    .getByRole("progressbar", { name: "Progress by items" })
    .getAttribute("aria-valuenow");
  return Number(value);
}

async function confirm(page: Page, label: string): Promise<void> {
  await page.getByRole("button", { name: label }).click();
  await page.getByRole("dialog").getByRole("button", { name: label }).click();
}

function hasStatus(page: Page, word: string): Promise<void> {
  return page.locator(".job-name").getByText(word, { exact: true }).waitFor({ timeout: 60_000 });
}

test.serial("one watches a job fail in part, sees why, fixes it and retries", async (t) => {
  await deployPython(platform(), "flaky", FLAKY);
  const job = await submit(
    platform(),
    "flaky",
    numbers(ITEMS, { workers: 2, batch_size: 5, max_attempts: 1 }),
  );
  const watched = await openPage(t);
  const page = await openDashboard(watched, platform(), jobPath(job));
  const isFirstLoad = await markLoad(page);

  // It moves by itself, and the tab's title with it.
  await hasStatus(page, "Running");
  const seen = await poll("some progress", async () => (await percentOf(page)) || undefined);
  await poll("more progress", async () => (await percentOf(page)) > seen);
  await poll("the title", async () => /^\d.* % · flaky/.test(await page.title()));

  // A worker is killed, and is started again.
  const worker = processesOf(platform().home).find(({ kind }) => kind === "worker");
  t.truthy(worker && signal(worker.pid, "SIGKILL"));
  await page.getByText("1 restart").waitFor();

  // The failures, grouped.
  await hasStatus(page, "Completed with failures");
  t.true(await isFirstLoad());
  t.regex(await page.title(), /^Completed with failures · flaky/);
  const failures = page.locator("section", { has: page.getByRole("heading", { name: "Failures" }) });
  const group = failures.locator("details").first();
  await group.getByText(String(ITEMS / 10), { exact: true }).waitFor();
  t.is(await failures.locator("details").count(), 1);
  t.regex((await group.locator("summary").textContent()) ?? "", /ValueError: cannot take …/);
  t.regex(
    (await group.getByLabel("Traceback").textContent()) ?? "",
    /line \d+, in predict\n[\s\S]*ValueError/,
  );
  t.is(await group.getByLabel("Item as JSON").textContent(), "3");
  await page.getByText(`${ITEMS} of ${ITEMS} items`).waitFor();

  // Its results, as they are.
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.locator(".actions").getByRole("link", { name: "Download results" }).click(),
  ]);
  t.is(download.suggestedFilename(), `${job.jobId}.ndjson`);
  t.is((await readFile(await download.path(), "utf8")).split("\n").length, ITEMS + 1);

  // Mended and retried, without leaving the page.
  await deployPython(platform(), "flaky", MENDED);
  await confirm(page, "Retry failed");
  await page.waitForURL((url) => url.pathname !== jobPath(job));
  await page.getByRole("link", { name: job.jobId }).waitFor();
  await hasStatus(page, "Succeeded");
  await page.getByText("30 of 30 items").waitFor();
  t.true(await isFirstLoad());
  t.is(await page.evaluate("document.activeElement.tagName"), "H1", "the new page is told of");
  t.deepEqual(watched.problems, []);
});

test.serial("one follows the log, by worker and by text, and stops the job", async (t) => {
  await deployPython(platform(), "talker", FLAKY.replace("time.sleep(0.1)", "time.sleep(0.02)"));
  const job = await submit(
    platform(),
    "talker",
    numbers(4_000, { workers: 2, batch_size: 2, max_attempts: 1 }),
  );
  const watched = await openPage(t);
  const page = await openDashboard(watched, platform(), jobPath(job));
  await page.getByRole("heading", { name: "Log" }).scrollIntoViewIfNeeded();
  const log = page.getByRole("log");
  await log.getByText("look at").first().waitFor();
  const lines = () => log.locator(".log-line").allTextContents();

  // The newest lines stay in view while more come.
  const last = async () => (await lines()).at(-1);
  const before = await last();
  await poll("newer lines", async () => (await last()) !== before);
  t.true(await page.evaluate(`${LOG}.scrollTop + ${LOG}.clientHeight >= ${LOG}.scrollHeight - 40`));

  // Who scrolls up is left in peace.
  await poll("enough lines to scroll", () => page.evaluate(`${LOG}.scrollHeight > 2 * ${LOG}.clientHeight`));
  await page.evaluate(`${LOG}.scrollTop = 0`);
  const newest = page.getByRole("button", { name: /new lines?, go to the newest/ });
  await newest.waitFor();
  const held = await lines();
  await page.getByRole("button", { name: /[5-9]\d new lines/ }).waitFor();
  t.deepEqual(await lines(), held);
  await newest.click();

  await page.getByLabel("Worker", { exact: true }).fill("1");
  await poll("lines of worker 1 alone", async () => {
    const shown = await lines();
    return shown.length > 5 && shown.every((line) => line.includes("worker 1"));
  });
  await page.getByLabel("Search the log").fill("LOOK AT 2");
  await poll("lines with the text alone", async () => {
    const shown = await lines();
    return shown.length > 0 && shown.every((line) => line.includes("look at 2"));
  });
  await page.getByText(/lines? with “LOOK AT 2”/).waitFor();

  await confirm(page, "Stop job");
  await hasStatus(page, "Stopped");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  t.is(await page.getByRole("button", { name: "Stop job" }).count(), 0);
  await page.getByRole("button", { name: "Retry failed" }).waitFor();
  t.deepEqual(watched.problems, []);
});

test.serial("a refusal is shown with its request id, and a lost service is found again", async (t) => {
  await deployPython(platform(), "slow", SLOW);
  const job = await submit(platform(), "slow", numbers(60, { workers: 1, batch_size: 1 }));
  const watched = await openPage(t);
  const page = await openDashboard(watched, platform(), "/dashboard/jobs/slow/01M84AA1VGBVJVD7V2FHKG3D0R");
  const alert = page.getByRole("alert");
  await alert.waitFor();
  t.regex((await alert.textContent()) ?? "", /Cannot find job[\s\S]*Request [0-9A-Za-z-]{8,}/);

  await page.goto(platform().url + jobPath(job));
  await hasStatus(page, "Running");
  const seen = await percentOf(page);
  // As a network that is gone: streams that are open break off, new ones are refused.
  await page.context().setOffline(true);
  await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
  await page.getByText("Reconnecting").waitFor();
  await page.context().setOffline(false);
  await page.getByText("Reconnecting").waitFor({ state: "hidden" });
  await poll("progress after that", async () => (await percentOf(page)) > seen);
  await platform().client.stop("slow", job.jobId);
  await hasStatus(page, "Stopped");
});

test.serial("the page says live what limits the predictor's calls", async (t) => {
  const source = pythonPredict(
    "from millrace import RetryLater",
    "time.sleep(0.2)",
    'if len(payload) > 2: raise RuntimeError("CUDA out of memory")',
    "if payload[0] % 4 == 0: raise RetryLater(3600)",
    "return payload",
  );
  await deployPython(platform(), "limited", source);
  const job = await submit(platform(), "limited", numbers(ITEMS, { batch_size: 8 }));
  const watched = await openPage(t);
  const page = await openDashboard(watched, platform(), jobPath(job));
  const isFirstLoad = await markLoad(page);
  const advice = page.locator(".advice");
  await advice
    .getByText("the workers predict at most 2 items at once: set batch_size to 2")
    .waitFor({ timeout: 60_000 });
  await advice
    .getByText("slowed down by the predictor's back-pressure: RetryLater was raised")
    .waitFor({ timeout: 60_000 });
  t.true(await isFirstLoad());
  t.deepEqual(watched.problems, []);
  await platform().client.stop("limited", job.jobId);
});
