import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import type { Locator, Page } from "playwright-core";
import { sharedBrowser, startTour, type Tour, tourSteps } from "../../src/mod.ts";

/** Takes the tutorial's pictures anew; without it the test looks at what they show, and that they are there. */
const UPDATE = process.env.MILLRACE_UPDATE === "1";
const TUTORIAL = new URL("../../../../docs/tutorial/", import.meta.url);
/** The first job, as both pages call it. */
const JOB = "01M86V32J957WMPQFJ3SM2DC29";

const WIDTH = 1280;

const openPage = sharedBrowser(test);

test("the tutorial does what it says when its commands are run in order, and the dashboard shows its pictures", async (t) => {
  t.timeout(900_000);
  const tour = await startTour(t);
  const { page } = await openPage(t);
  const seen: string[] = [];
  const look = async (picture: string): Promise<void> => {
    if (seen.length === 0) await signIn(page, tour);
    const shot = SHOTS[picture.replace(/^.*\//, "")];
    if (shot === undefined) throw new Error(`Cannot take "${picture}": nothing here says what it shows`);
    const place = await shot(page, tour.idHere(JOB));
    const path = fileURLToPath(new URL(picture, TUTORIAL));
    await mkdir(dirname(path), { recursive: true });
    if (UPDATE) await place.screenshot({ path });
    t.true(existsSync(path), `${path} is there; MILLRACE_UPDATE=1 takes it`);
    seen.push(picture);
  };
  for (const name of ["first-job.md", "fix-failures.md"]) {
    await tour.take(tourSteps(await readFile(new URL(name, TUTORIAL), "utf8")), look);
  }
  t.is(seen.length, Object.keys(SHOTS).length);
});

/** By the link that `millrace dashboard` printed on the way. */
async function signIn(page: Page, tour: Tour): Promise<void> {
  const link = /^http\S+$/m.exec(tour.printed(/^millrace dashboard$/))?.[0];
  if (link === undefined) throw new Error("Cannot sign in: millrace dashboard printed no link");
  await page.setViewportSize({ width: WIDTH, height: 720 });
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.goto(link);
  await page.getByRole("heading", { name: "Jobs", level: 1 }).waitFor();
}

/** What each picture shows: goes there, waits for it, and says which part of the page it is. */
const SHOTS: Readonly<Record<string, (page: Page, job: string) => Promise<Locator | Page>>> = {
  "job-running.png": async (page, job) => {
    // As the reader does: by the list, where the job appears by itself.
    await page.getByRole("link", { name: job }).first().click();
    // Far enough for a pace, and with one; on a machine that is slow to look the job may be over already.
    const summary = page.getByRole("region", { name: "Summary" });
    await summary.getByText(/^(?:[4-9]\d|100) %$/).waitFor();
    await summary
      .getByText(/between .* and |at a steady pace|at least .*, the pace varies a lot|nothing left to do/)
      .waitFor();
    return page;
  },
  "failures.png": async (page) => {
    const failures = page.getByRole("region", { name: "Failures" });
    await failures.getByText("ValueError: invalid literal for int() with base 10: 'five'").first().waitFor();
    return failures;
  },
  "jobs.png": async (page) => {
    await page.setViewportSize({ width: WIDTH, height: 340 });
    await page.getByRole("link", { name: "Jobs" }).first().click();
    for (const status of ["Succeeded", "Completed with failures"]) {
      await page.getByRole("row", { name: status }).first().waitFor();
    }
    return page;
  },
};
