import { useEffect, useRef, useState } from "preact/hooks";
import { addressOf, isNarrowed, type JobFilters, NO_FILTERS } from "../job-filters.ts";
import { go } from "../state/navigation.ts";
import { STATUS_CHOICES, STATUS_GROUPS } from "../text/statuses.ts";

const TYPING_MS = 250;

/** The list's filters; they are kept in the address. */
export function JobFilterBar(props: { readonly filters: JobFilters; readonly apis: readonly string[] }) {
  const { filters } = props;
  const narrow = (change: Partial<JobFilters>) => go(addressOf({ ...filters, ...change }), { replace: true });
  const apis =
    filters.api === "" || props.apis.includes(filters.api) ? props.apis : [filters.api, ...props.apis];
  return (
    <search class="filters">
      <SearchBox value={filters.search} onSearch={(search) => narrow({ search })} />
      <label class="field">
        <span class="visually-hidden">Status</span>
        <select value={filters.status} onChange={(event) => narrow({ status: event.currentTarget.value })}>
          <option value="">Any status</option>
          {STATUS_GROUPS.map(({ value, word }) => (
            <option key={value} value={value}>
              {word}
            </option>
          ))}
          <optgroup label="One status">
            {STATUS_CHOICES.map(({ value, word }) => (
              <option key={value} value={value}>
                {word}
              </option>
            ))}
          </optgroup>
        </select>
      </label>
      <label class="field">
        <span class="visually-hidden">API</span>
        <select value={filters.api} onChange={(event) => narrow({ api: event.currentTarget.value })}>
          <option value="">All APIs</option>
          {apis.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {filters.label !== "" && (
        <button
          type="button"
          class="label label-chosen"
          aria-label={`${filters.label}, remove this filter`}
          onClick={() => narrow({ label: "" })}
        >
          {filters.label} <span aria-hidden="true">×</span>
        </button>
      )}
      {isNarrowed(filters) && (
        <button type="button" class="button button-plain" onClick={() => narrow(NO_FILTERS)}>
          Clear
        </button>
      )}
    </search>
  );
}

/** Searches while the user types, shortly after the last key. */
function SearchBox(props: { readonly value: string; readonly onSearch: (search: string) => void }) {
  const [text, setText] = useState(props.value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => setText(props.value), [props.value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const type = (next: string) => {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => props.onSearch(next.trim()), TYPING_MS);
  };
  return (
    <label class="field field-grow">
      <span class="visually-hidden">Search jobs by id, API or label</span>
      <input
        type="search"
        placeholder="Search by id, API or label"
        value={text}
        onInput={(event) => type(event.currentTarget.value)}
      />
    </label>
  );
}
