import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import test from "ava";
import type { Page } from "playwright-core";
import {
  deployPython,
  jobPath,
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
const axe = readFileSync(fileURLToPath(import.meta.resolve("axe-core")), "utf8");

const FLAKY = pythonPredict(
  'print("look", flush=True)',
  "time.sleep(0.1)",
  "if 3 in payload:",
  '    raise ValueError("no")',
  "return payload",
);

interface Finding {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** What axe-core calls serious or critical, as text. */
async function seriousFindings(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe);
  const { violations } = (await page.evaluate("axe.run()")) as { readonly violations: readonly Finding[] };
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}\n${node.failureSummary}`));
}

test.serial("axe-core finds nothing serious on any page, in light and dark, wide and narrow", async (t) => {
  await deployPython(platform(), "flaky", FLAKY);
  const over = await runJob(
    platform(),
    "flaky",
    numbers(10, { max_attempts: 1, labels: { team: "search" } }),
  );
  const running = await submit(platform(), "flaky", numbers(6_000, { batch_size: 1, max_attempts: 1 }));
  const pages = {
    "/dashboard": "Jobs",
    "/dashboard?search=nothing": "Jobs",
    "/dashboard/apis": "APIs",
    "/dashboard/apis/flaky": "flaky",
    [jobPath(over)]: "Where the time went",
    [jobPath(running)]: "Where the time went",
    "/dashboard/nowhere": "Page not found",
  };
  const watched = await openPage(t);
  const page = await openDashboard(watched, platform());
  for (const [path, heading] of Object.entries(pages)) {
    for (const colorScheme of ["light", "dark"] as const) {
      for (const width of [1440, 390]) {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        await page.setViewportSize({ width, height: 900 });
        await page.goto(platform().url + path);
        await page.getByRole("heading", { name: heading }).waitFor();
        if (path.includes("/jobs/")) {
          await page.getByRole("heading", { name: "Log" }).scrollIntoViewIfNeeded();
          await page.locator(".log-line").first().waitFor();
        }
        t.deepEqual(await seriousFindings(page), [], `${path} ${colorScheme} ${width}`);
      }
    }
  }
  await platform().client.stop(running.endpoint, running.jobId);
});

test.serial(
  "with the keyboard alone one can open a job, its failures and its log, and stop it",
  async (t) => {
    await deployPython(platform(), "keys", FLAKY);
    const job = await submit(platform(), "keys", numbers(6_000, { batch_size: 1, max_attempts: 1 }));
    const page = await openDashboard(await openPage(t), platform());
    await page.locator(".jobs-link").first().waitFor();
    const focused = () =>
      page.evaluate("document.activeElement.textContent + document.activeElement.ariaLabel");
    const tabTo = async (what: RegExp) => {
      for (let presses = 0; presses < 60; presses++) {
        await page.keyboard.press("Tab");
        if (what.test(String(await focused()))) return;
      }
      t.fail(`60 tabs did not reach ${what}, the last is ${await focused()}`);
    };

    await page.keyboard.press("Tab");
    t.regex(String(await focused()), /^Skip to content/);
    await page.keyboard.press("Enter");
    t.is(await page.evaluate("document.activeElement.id"), "content");
    await tabTo(new RegExp(job.jobId));
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Where the time went" }).waitFor();
    t.is(await page.evaluate("document.activeElement.tagName"), "H1");

    // A dialog takes the focus and gives it back.
    await tabTo(/^Stop job/);
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "Stop this job?" });
    await dialog.waitFor();
    t.true(await page.evaluate("document.querySelector('dialog').contains(document.activeElement)"));
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
    t.regex(String(await focused()), /^Stop job/);

    // The chart tells its values by arrow keys.
    const slider = page.getByRole("slider", { name: "Throughput over time" });
    await slider.waitFor();
    await tabTo(/Throughput over time/);
    await page.keyboard.press("Home");
    t.regex((await slider.getAttribute("aria-valuetext")) ?? "", /items a second from 0:00 to/);

    await tabTo(/^1.*ValueError: no/);
    await page.keyboard.press("Enter");
    await poll("a closed group", async () => (await page.locator("details.failure[open]").count()) === 0);
    await tabTo(/Log lines/);

    for (let back = 0; back < 60 && !/^Stop job/.test(String(await focused())); back++) {
      await page.keyboard.press("Shift+Tab");
    }
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.locator(".job-name").getByText("Stopped", { exact: true }).waitFor();
  },
);
