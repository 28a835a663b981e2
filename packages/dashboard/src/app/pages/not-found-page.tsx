import { useTitle } from "../state/use-title.ts";

export function NotFoundPage() {
  useTitle("Not found · Millrace");
  return (
    <div class="page">
      <h1 tabIndex={-1}>Page not found</h1>
      <p>
        <a href="/dashboard">All jobs</a>
      </p>
    </div>
  );
}
