import { useState } from "preact/hooks";
import { signOut } from "../api.ts";
import { shownProblem } from "../state/problem.ts";
import type { Route } from "../state/route.ts";

export function Header({ route }: { readonly route: Route }) {
  const [error, setError] = useState<unknown>();
  return (
    <header class="site-header">
      <a class="brand" href="/dashboard" aria-label="Millrace, all jobs">
        <Wheel />
        <span>Millrace</span>
      </a>
      <nav aria-label="Main">
        <NavLink href="/dashboard" isCurrent={route.page === "jobs"} isWithin={route.page === "job"}>
          Jobs
        </NavLink>
        <NavLink href="/dashboard/apis" isCurrent={route.page === "apis"} isWithin={route.page === "api"}>
          APIs
        </NavLink>
      </nav>
      <span class="site-header-end">
        {error !== undefined && (
          <span role="alert" class="site-header-error">
            {shownProblem(error).detail}
          </span>
        )}
        <button type="button" class="button button-plain" onClick={() => signOut().catch(setError)}>
          Sign out
        </button>
      </span>
    </header>
  );
}

function NavLink(props: {
  readonly href: string;
  readonly isCurrent: boolean;
  readonly isWithin: boolean;
  readonly children: string;
}) {
  const current = props.isCurrent ? "page" : props.isWithin ? "true" : undefined;
  return (
    <a href={props.href} aria-current={current}>
      {props.children}
    </a>
  );
}

function Wheel() {
  return (
    <svg class="brand-mark" viewBox="0 0 20 20" aria-hidden="true">
      <circle cx="10" cy="10" r="6" />
      <path d="M10 1v18M1 10h18M3.6 3.6l12.8 12.8M16.4 3.6 3.6 16.4" />
      <circle class="brand-hub" cx="10" cy="10" r="2" />
    </svg>
  );
}
