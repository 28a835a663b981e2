import { Store } from "./store.ts";

/** The browser's current location. */
export interface Place {
  readonly pathname: string;
  readonly search: string;
}

export const place = new Store<Place>(here());

addEventListener("popstate", () => place.set(here()));

/** Navigates to a dashboard page without reloading. */
export function go(address: string, options: { readonly replace?: boolean } = {}): void {
  if (options.replace) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  const before = place.get();
  place.set(here());
  if (before.pathname !== place.get().pathname) scrollTo(0, 0);
}

/** Handles plain clicks on links to our pages; the browser handles all others. */
export function followLink(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (link === null || link.target !== "" || link.hasAttribute("download")) return;
  if (link.origin !== location.origin || !/^\/dashboard(\/|$)/.test(link.pathname)) return;
  if (link.hash !== "" && link.pathname === location.pathname) return;
  event.preventDefault();
  go(link.pathname + link.search);
}

function here(): Place {
  return { pathname: location.pathname, search: location.search };
}
