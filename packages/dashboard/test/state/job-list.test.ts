import type { JobStatus, JobSummary } from "@millrace/core";
import test from "ava";
import { addressOf, filtersOf, labelsOf, NO_FILTERS, streamQuery } from "../../src/app/job-filters.ts";
import { appendPage, EMPTY_LIST, mergeJobs } from "../../src/app/state/job-list.ts";

function job(id: string, status: JobStatus = "running"): JobSummary {
  return {
    job_id: id,
    api_name: "sum",
    api_id: "v1",
    endpoint: "sum",
    status,
    status_reason: null,
    workers: 1,
    labels: {},
    parent_job_id: null,
    items: { total: 10, succeeded: 0, failed: 0 },
    created_time: "2031-03-12T06:00:00.000Z",
    start_time: null,
    end_time: null,
  };
}

const ids = ({ jobs }: { readonly jobs: readonly JobSummary[] }) => jobs.map(({ job_id }) => job_id);

test("mergeJobs() puts new jobs on top and changed ones in their place, and keeps the other objects identical", (t) => {
  const list = appendPage(EMPTY_LIST, { jobs: [job("5"), job("4"), job("3")], cursor: null });
  const merged = mergeJobs(list, [job("6"), job("4", "succeeded")], NO_FILTERS);
  t.deepEqual(ids(merged), ["6", "5", "4", "3"]);
  t.is(merged.jobs[2]?.status, "succeeded");
  t.is(merged.jobs[1], list.jobs[0]);
  t.is(mergeJobs(list, [], NO_FILTERS), list);
});

test("mergeJobs() drops a job that left the selected status, and adds none with another status", (t) => {
  const filters = { ...NO_FILTERS, status: "active" };
  const list = appendPage(EMPTY_LIST, { jobs: [job("5"), job("4")], cursor: null });
  t.deepEqual(ids(mergeJobs(list, [job("5", "stopped"), job("7", "succeeded")], filters)), ["4"]);
});

test("mergeJobs() leaves a job that is older than the loaded ones to its own page", (t) => {
  const list = appendPage(EMPTY_LIST, { jobs: [job("5"), job("4")], cursor: "4" });
  t.deepEqual(ids(mergeJobs(list, [job("2", "succeeded")], NO_FILTERS)), ["5", "4"]);
  t.deepEqual(ids(mergeJobs({ ...list, cursor: null }, [job("2")], NO_FILTERS)), ["5", "4", "2"]);
});

test("appendPage() adds no job twice", (t) => {
  const list = appendPage(EMPTY_LIST, { jobs: [job("5"), job("4")], cursor: "4" });
  const more = appendPage(list, { jobs: [job("4"), job("3")], cursor: null });
  t.deepEqual(ids(more), ["5", "4", "3"]);
  t.is(more.cursor, null);
});

test("filters go into an address and come back", (t) => {
  const filters = { search: "a b&c", api: "sum", status: "active", label: "team:search" };
  const address = addressOf(filters);
  t.deepEqual(filtersOf(new URL(address, "http://x").searchParams), filters);
  t.is(addressOf(NO_FILTERS), "/dashboard");
});

test("streamQuery() does not name the status; labelsOf() splits at the first colon", (t) => {
  t.is(streamQuery({ ...NO_FILTERS, status: "active", label: "a:b", search: "x" }), "search=x&label=a%3Ab");
  t.deepEqual(labelsOf("team:a:b"), { team: "a:b" });
  t.is(labelsOf(""), undefined);
});
