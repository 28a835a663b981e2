import type { Page } from "playwright-core";
import type { WatchedPage } from "./browser.ts";
import type { JobHandle } from "./jobs.ts";
import type { Platform } from "./platform.ts";

/** Signs the browser in with a link, and opens a page of the dashboard. */
export async function openDashboard(
  { page }: WatchedPage,
  platform: Platform,
  path = "/dashboard",
): Promise<Page> {
  const { url } = await platform.client.signInLink();
  await page.goto(url);
  await page.getByRole("heading", { name: "Jobs", level: 1 }).waitFor();
  if (path !== "/dashboard") await page.goto(platform.url + path);
  return page;
}

/** Path of the job's page. */
export function jobPath({ endpoint, jobId }: JobHandle): string {
  return `/dashboard/jobs/${endpoint}/${jobId}`;
}
