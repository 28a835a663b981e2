/** Steps through pages that are already loaded. */
export function Pager(props: {
  readonly page: number;
  readonly pages: number;
  readonly noun: string;
  readonly onPage: (page: number) => void;
}) {
  const { page, pages } = props;
  return (
    <nav class="pager" aria-label={`Pages of ${props.noun}`}>
      <button type="button" class="button" disabled={page === 0} onClick={() => props.onPage(page - 1)}>
        Previous
      </button>
      <span role="status">
        Page {page + 1} of {pages}
      </span>
      <button
        type="button"
        class="button"
        disabled={page === pages - 1}
        onClick={() => props.onPage(page + 1)}
      >
        Next
      </button>
    </nav>
  );
}
