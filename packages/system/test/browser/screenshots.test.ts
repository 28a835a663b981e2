import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test, { type ExecutionContext } from "ava";
import type { Page } from "playwright-core";
import {
  deployPython,
  type JobHandle,
  jobPath,
  numbers,
  openDashboard,
  poll,
  pythonPredict,
  runJob,
  sharedBrowser,
  sharedPlatform,
  statusOf,
  submit,
} from "../../src/mod.ts";

const platform = sharedPlatform(test);
const openPage = sharedBrowser(test);

/** Pictures of the documents, drawn anew on demand; without it the test looks that they are there. */
const UPDATE = process.env.MILLRACE_UPDATE === "1";
const IMAGES = fileURLToPath(new URL("../../../../docs/images/dashboard", import.meta.url));
const SIZES = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } } as const;

const CLASSIFY = pythonPredict(
  'print(f"{len(payload)} images from {payload[0]}", flush=True)',
  "time.sleep(0.06 if payload[0] < 800 else 0.03)",
  "broken = [item for item in payload if item % 90 == 41]",
  "if broken:",
  '    raise OSError(f"cannot identify image file img-{broken[0]:06}.jpg")',
  "small = [item for item in payload if item % 211 == 17]",
  "if small:",
  '    raise ValueError(f"image is {small[0] % 7 + 2} pixels wide, expected at least 32")',
  'return [{"label": ["heron", "cat", "dog"][item % 3], "score": round(0.99 - item % 40 / 100, 2)} for item in payload]',
);
const EMBED = pythonPredict(
  'print(f"embedded {len(payload)} products", flush=True)',
  "time.sleep(0.15)",
  "return [[item, 0.25, 0.5] for item in payload]",
);
/** A working day: jobs that ended well and badly, one that was stopped, one that runs. */
async function someJobs(): Promise<{ readonly failed: JobHandle; readonly running: JobHandle }> {
  const labels = { team: "search", run: "nightly" };
  await deployPython(platform(), "image-classifier", CLASSIFY);
  await deployPython(platform(), "embed-products", EMBED);
  await deployPython(platform(), "toxicity-scores", pythonPredict("return payload"));
  await runJob(platform(), "toxicity-scores", numbers(25_000, { batch_size: 500, workers: 2, labels }));
  await runJob(platform(), "embed-products", numbers(96, { batch_size: 32 }));
  const stopped = await submit(platform(), "embed-products", numbers(9_000, { batch_size: 4 }));
  await poll("some of it", async () => (await statusOf(stopped)).metrics.items.succeeded > 8);
  await platform().client.stop(stopped.endpoint, stopped.jobId);
  await deployPython(platform(), "toxicity-scores", pythonPredict("raise MemoryError('model is too large')"));
  await runJob(platform(), "toxicity-scores", numbers(50, { max_attempts: 1, labels }));
  const failed = await runJob(
    platform(),
    "image-classifier",
    numbers(1_797, { batch_size: 4, workers: 3, max_attempts: 1, labels }),
  );
  const running = await submit(
    platform(),
    "embed-products",
    numbers(200_000, { batch_size: 32, workers: 4, labels }),
  );
  await poll("a pace", async () => (await statusOf(running)).job_status.remaining !== null);
  return { failed, running };
}

async function shoot(
  t: ExecutionContext,
  page: Page,
  { name, fullPage = false }: { readonly name: string; readonly fullPage?: boolean },
): Promise<void> {
  const overflow = await page.evaluate(
    "document.documentElement.scrollWidth - document.documentElement.clientWidth",
  );
  t.is(overflow, 0, `${name} does not scroll sideways`);
  const path = join(IMAGES, `${name}.png`);
  if (UPDATE) await page.screenshot({ path, fullPage });
  t.true(existsSync(path), `${path} is there; MILLRACE_UPDATE=1 draws it`);
}

test("every page has screenshots, in light and dark, wide and narrow, and none scrolls sideways", async (t) => {
  mkdirSync(IMAGES, { recursive: true });
  const { failed, running } = await someJobs();
  const page = await openDashboard(await openPage(t), platform());
  const pages = {
    jobs: { path: "/dashboard", shows: "newest first" },
    apis: { path: "/dashboard/apis", shows: "image-classifier" },
    api: { path: "/dashboard/apis/image-classifier", shows: "Recent jobs" },
    "job-running": { path: jobPath(running), shows: "between" },
    "job-failed": { path: jobPath(failed), shows: "cannot identify" },
  };
  const stranger = await openPage(t);
  for (const [size, viewport] of Object.entries(SIZES)) {
    for (const colorScheme of ["light", "dark"] as const) {
      for (const each of [page, stranger.page]) {
        await each.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        await each.setViewportSize(viewport);
      }
      await stranger.page.goto(`${platform().url}/dashboard`);
      await stranger.page.getByRole("button", { name: "Sign in" }).waitFor();
      await shoot(t, stranger.page, { name: `sign-in-${size}-${colorScheme}` });
      for (const [name, { path, shows }] of Object.entries(pages)) {
        await page.goto(platform().url + path);
        await page.getByText(shows).first().waitFor({ state: "attached" });
        if (name.startsWith("job-")) {
          await page.getByRole("heading", { name: "Log" }).scrollIntoViewIfNeeded();
          await page.locator(".log-line").first().waitFor();
          await page
            .getByRole("rowheader", { name: /^(Item )?19$/ })
            .last()
            .waitFor();
          await page.evaluate("scrollTo(0, 0)");
        }
        await shoot(t, page, { name: `${name}-${size}-${colorScheme}` });
        // The whole of it once.
        if (name === "job-failed" && colorScheme === "light")
          await shoot(t, page, { name: `${name}-${size}-whole`, fullPage: true });
      }
    }
  }
  await platform().client.stop(running.endpoint, running.jobId);
});
