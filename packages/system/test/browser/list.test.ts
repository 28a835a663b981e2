import test from "ava";
import type { Page } from "playwright-core";
import {
  deployPython,
  finished,
  numbers,
  openDashboard,
  poll,
  pythonPredict,
  runJob,
  sharedBrowser,
  sharedPlatform,
  submit,
} from "../../src/mod.ts";

const platform = sharedPlatform(test);
const openPage = sharedBrowser(test);

const REFUSE = pythonPredict("raise ValueError('no')");
const ECHO = pythonPredict("return payload");
const SLOW = pythonPredict("time.sleep(0.2)", "return payload");

test.serial.before("some jobs", async () => {
  await deployPython(platform(), "echo", ECHO);
  await deployPython(platform(), "refuse", REFUSE);
  for (const run of ["one", "two"]) await runJob(platform(), "echo", numbers(20, { labels: { run } }));
  await runJob(platform(), "refuse", numbers(2, { max_attempts: 1, labels: { run: "one" } }));
});

/** The APIs of the jobs that are shown, in order. */
async function shownJobs(page: Page): Promise<readonly string[]> {
  const links = await page.locator(".jobs-link").allTextContents();
  return links.map((text) => text.split(" ")[0] ?? "");
}

function shows(page: Page, ...names: readonly string[]): Promise<unknown> {
  return poll(names.join(", "), async () => String(await shownJobs(page)) === String(names));
}

test.serial(
  "the list can be filtered by status, API, label and search, and the address keeps the filters",
  async (t) => {
    const watched = await openPage(t);
    const page = await openDashboard(watched, platform());
    await shows(page, "refuse", "echo", "echo");

    await page.getByRole("combobox", { name: "Status" }).selectOption("With problems");
    await shows(page, "refuse");
    await page.getByRole("combobox", { name: "Status" }).selectOption("Succeeded");
    await shows(page, "echo", "echo");
    await page.getByRole("combobox", { name: "API" }).selectOption("refuse");
    await page.getByText("No job matches these filters").waitFor();
    await page.getByRole("button", { name: "Clear" }).click();

    await page.getByLabel("Search jobs").fill("TWO");
    await shows(page, "echo");
    await page.getByLabel("Search jobs").fill("");
    await shows(page, "refuse", "echo", "echo");
    await page.getByRole("link", { name: "run:one" }).first().click();
    await shows(page, "refuse", "echo");
    t.is(new URL(page.url()).search, "?label=run%3Aone");

    // A link keeps the filters, and so does going back.
    await page.reload();
    await shows(page, "refuse", "echo");
    await page.locator(".jobs-link").first().click();
    await page.getByRole("heading", { name: /^refuse/, level: 1 }).waitFor();
    await page.goBack();
    await shows(page, "refuse", "echo");
    await page.getByRole("button", { name: "run:one, remove this filter" }).click();
    await shows(page, "refuse", "echo", "echo");
    t.deepEqual(watched.problems, []);
  },
);

test.serial(
  "a new job appears by itself, is updated, and leaves a status filter that no longer matches",
  async (t) => {
    await deployPython(platform(), "slow", SLOW);
    const watched = await openPage(t);
    const page = await openDashboard(watched, platform());
    await shows(page, "refuse", "echo", "echo");
    await page.getByRole("combobox", { name: "Status" }).selectOption("Active");
    await page.getByText("No job matches these filters").waitFor();
    const asked = watched.requests.length;

    const job = await submit(platform(), "slow", numbers(24, { batch_size: 1 }));
    await shows(page, "slow");
    const bar = page.getByRole("progressbar", { name: `Progress of ${job.jobId}` });
    await poll("progress", async () => Number(await bar.getAttribute("aria-valuenow")) > 0);
    await finished(job);
    await page.getByText("No job matches these filters").waitFor();
    t.is(watched.requests.length, asked, "nothing was asked for: events told it");

    await page.getByRole("combobox", { name: "Status" }).selectOption("Any status");
    await shows(page, "slow", "refuse", "echo", "echo");
    t.deepEqual(watched.problems, []);
  },
);

test.serial("an API's page shows its jobs and how to submit one", async (t) => {
  const watched = await openPage(t);
  const page = await openDashboard(watched, platform(), "/dashboard/apis");
  await page.getByRole("link", { name: "echo" }).click();
  await page.getByRole("heading", { name: "echo", level: 1 }).waitFor();
  await shows(page, "echo", "echo");
  t.regex(
    (await page.getByRole("region", { name: "Request to submit a job" }).textContent()) ?? "",
    /^curl http.*\/echo /,
  );
  await page.getByRole("link", { name: "All jobs of echo" }).click();
  await shows(page, "echo", "echo");
  t.is(await page.title(), "Jobs · Millrace");
  t.deepEqual(watched.problems, []);
});
