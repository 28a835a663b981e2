/** Addresses of the files that the pages load, such as `/dashboard/assets/main-PPAINO6C.js`. */
export interface PageAssets {
  readonly mainScript: string;
  readonly mainStyle: string;
  readonly startScript: string;
  readonly signInStyle: string;
  readonly icon: string;
}

/** Options of a sign-in page. */
export interface SignInPage {
  /** Why the last attempt failed; plain text. */
  readonly problem?: string | undefined;
  /** Reload the same address once, as a same-site request. @default false */
  readonly reload?: boolean;
}

/** The page for every address of the dashboard; the script renders what the address says. */
export function indexPage(assets: PageAssets): string {
  return page(assets, {
    style: assets.mainStyle,
    script: assets.mainScript,
    body: `<div id="app"></div>
<noscript>The dashboard needs JavaScript. The command line does not: <code>millrace jobs</code></noscript>`,
  });
}

/** The page for a browser that is not signed in. Works without scripts. */
export function signInPage(assets: PageAssets, { problem, reload = false }: SignInPage): string {
  return page(assets, {
    style: assets.signInStyle,
    head: reload ? '<meta http-equiv="refresh" content="0">\n' : "",
    body: `<main>
<h1>Millrace</h1>
${problem === undefined ? "" : `<p role="alert">${escapeHtml(problem)}</p>\n`}<p>Sign in from a terminal; the command opens a link that works once:</p>
<p><code>millrace dashboard</code></p>
<form method="post" action="/session">
<label for="token">Or paste the service's token</label>
<input id="token" name="token" type="password" autocomplete="off" required>
<button>Sign in</button>
</form>
</main>`,
  });
}

/** The page that a sign-in link opens: its script posts the code from the address's fragment. */
export function startPage(assets: PageAssets): string {
  return page(assets, {
    style: assets.signInStyle,
    script: assets.startScript,
    body: `<main>
<h1>Millrace</h1>
<noscript><p>The link needs JavaScript. <a href="/dashboard">Sign in with the token</a> instead.</p></noscript>
<form method="post" action="/session" hidden><input name="code" type="hidden"></form>
</main>`,
  });
}

function page(
  { icon }: PageAssets,
  content: {
    readonly style: string;
    readonly body: string;
    readonly script?: string;
    /** Elements of the head, each ending in a newline. */
    readonly head?: string;
  },
): string {
  const { style, body, script, head = "" } = content;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${head}<title>Millrace</title>
<link rel="icon" type="image/svg+xml" href="${icon}">
<link rel="stylesheet" href="${style}">
${script === undefined ? "" : `<script type="module" src="${script}"></script>\n`}</head>
<body>
${body}
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
