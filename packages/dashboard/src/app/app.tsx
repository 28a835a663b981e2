import { useEffect, useRef } from "preact/hooks";
import { filtersOf } from "./job-filters.ts";
import { ApiPage } from "./pages/api-page.tsx";
import { ApisPage } from "./pages/apis-page.tsx";
import { JobPage } from "./pages/job-page.tsx";
import { JobsPage } from "./pages/jobs-page.tsx";
import { NotFoundPage } from "./pages/not-found-page.tsx";
import { ConnectionBanner } from "./parts/connection-banner.tsx";
import { Header } from "./parts/header.tsx";
import { followLink, place } from "./state/navigation.ts";
import { type Route, routeOf } from "./state/route.ts";
import { useStore } from "./state/store.ts";

export function App() {
  const { pathname, search } = useStore(place);
  const route = routeOf(pathname);
  useFocusOnHeading(pathname);
  useEffect(() => {
    document.addEventListener("click", followLink);
    return () => document.removeEventListener("click", followLink);
  }, []);
  return (
    <>
      <a class="skip-link" href="#content">
        Skip to content
      </a>
      <Header route={route} />
      <ConnectionBanner />
      <main id="content" tabIndex={-1}>
        <Page key={pathname} route={route} search={search} />
      </main>
    </>
  );
}

function Page({ route, search }: { readonly route: Route; readonly search: string }) {
  switch (route.page) {
    case "jobs":
      return <JobsPage filters={filtersOf(new URLSearchParams(search))} />;
    case "apis":
      return <ApisPage />;
    case "api":
      return <ApiPage name={route.name} />;
    case "job":
      return <JobPage endpoint={route.endpoint} jobId={route.jobId} />;
    case "not_found":
      return <NotFoundPage />;
  }
}

/** Announces a new page to screen readers and moves the keyboard focus to its top, as when a browser loads a page. */
function useFocusOnHeading(pathname: string): void {
  const isFirst = useRef(true);
  // The page changed, whatever of it is used here
  useEffect(() => {
    if (!isFirst.current) document.querySelector("h1")?.focus({ preventScroll: true });
    isFirst.current = false;
  }, [pathname]);
}
