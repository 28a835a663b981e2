/** A job's labels; each links to the jobs that have it. */
export function Labels({ labels }: { readonly labels: Readonly<Record<string, string>> }) {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}:${value}`);
  if (pairs.length === 0) return null;
  return (
    <ul class="labels" aria-label="Labels">
      {pairs.map((pair) => (
        <li key={pair}>
          <a
            class="label"
            href={`/dashboard?${new URLSearchParams({ label: pair })}`}
            title={`Jobs with ${pair}`}
          >
            {pair}
          </a>
        </li>
      ))}
    </ul>
  );
}
