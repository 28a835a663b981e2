import { openInBrowser } from "../open-in-browser.ts";
import type { App } from "../session.ts";
import { examples, type Program, type Run } from "./program.ts";

export function registerDashboard(program: Program, run: Run): void {
  program
    .command("dashboard")
    .description("open the dashboard in a browser, with a sign-in link that works once")
    .option("--no-open", "only print the link")
    .addHelpText("after", examples("dashboard", "dashboard --env prod --no-open"))
    .action((options) => run((app) => dashboard(app, options)));
}

async function dashboard(app: App, options: { readonly open: boolean }): Promise<void> {
  const client = await app.connect();
  const link = await client.signInLink({ signal: app.context.signal });
  app.output.line(link.url);
  app.output.document(link);
  // A program that reads the link opens it itself; opening it here would use it up.
  const isOpened =
    options.open &&
    !app.output.isJson &&
    app.context.stdout.isTTY === true &&
    (await openInBrowser(app.context, link.url));
  const seconds = Math.max(0, Math.round((Date.parse(link.expires_time) - Date.now()) / 1_000));
  app.output.note(
    isOpened
      ? "opened in the browser; the link works once"
      : `open it in a browser within ${seconds} s; it works once`,
  );
}
