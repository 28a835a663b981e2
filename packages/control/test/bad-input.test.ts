import type { ErrorCode, Problem } from "@millrace/core";
import test from "ava";
import { items, startHarness } from "./helpers/harness.ts";

const ID = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
/** Without a token, and with nothing that a browser would send. */

const BAD_INPUT: readonly (readonly [string, string, unknown, number, ErrorCode, RegExp])[] = [
  ["POST", "/sum", "", 400, "invalid_request", /it is empty/],
  ["POST", "/sum", '{"workers": 1,\n "x": ]', 400, "invalid_request", /line 2, column 7/],
  ["POST", "/sum", '{"workers": 1', 400, "invalid_request", /position 13/],
  ["POST", "/sum", "[]", 422, "invalid_submission", /JSON object/],
  [
    "POST",
    "/sum",
    { workers: 0, item_list: { items: [1], batch_size: 1 } },
    422,
    "invalid_submission",
    /workers/,
  ],
  [
    "POST",
    "/sum",
    { workers: 1, item_list: { items: [1], batch_size: 0 } },
    422,
    "invalid_submission",
    /item_list: batch_size: must be greater than or equal to 1 \(got 0\)/,
  ],
  ["POST", "/sum", { workers: 1, itemlist: {} }, 422, "invalid_submission", /did you mean "item_list"/],
  [
    "POST",
    "/sum",
    {
      ...items(1),
      sqs_dead_letter_queue: { arn: "arn:aws:sqs:us-west-2:123456789012:q", max_receive_count: 1 },
    },
    422,
    "invalid_submission",
    /sqs_dead_letter_queue: is not supported/,
  ],
  [
    "POST",
    "/sum",
    { workers: 1, delimited_files: { s3_paths: ["s3://bucket/x"], batch_size: 1 } },
    422,
    "invalid_submission",
    /reads file:\/\/, not s3/,
  ],
  ["POST", "/sum?dryRun=maybe", items(1), 400, "invalid_request", /dryRun "maybe": expected true or false/],
  [
    "POST",
    "/sum?dryrun=true",
    items(1),
    400,
    "invalid_request",
    /query value "dryrun": expected one of dryRun/,
  ],
  [
    "POST",
    "/sum?dryRun=true",
    { workers: 1, file_path_lister: { s3_paths: ["/no/such/thing"], batch_size: 1 } },
    422,
    "no_input",
    /nothing starts with it/,
  ],
  ["POST", "/nope", items(1), 404, "api_not_found", /endpoint "nope"/],
  ["GET", "/sum", undefined, 400, "invalid_request", /\?jobID=<id>/],
  ["GET", `/sum?jobID=${ID}`, undefined, 404, "job_not_found", /no such job/],
  ["GET", `/sum/${ID}`, undefined, 404, "job_not_found", /no such job/],
  ["GET", "/sum/..%2F..%2Fetc", undefined, 404, "job_not_found", /no such job/],
  ["GET", `/nope/${ID}`, undefined, 404, "api_not_found", /none is deployed/],
  ["GET", `/sum/${ID}/results`, undefined, 404, "job_not_found", /./],
  ["GET", `/sum/${ID}/failures`, undefined, 404, "job_not_found", /./],
  ["GET", `/sum/${ID}/logs`, undefined, 404, "job_not_found", /./],
  ["GET", `/sum/${ID}/logs?worker=-1`, undefined, 400, "invalid_request", /worker "-1": expected an integer/],
  ["GET", `/sum/${ID}/logs?worker=`, undefined, 400, "invalid_request", /worker "": expected an integer/],
  [
    "GET",
    `/sum/${ID}/logs?worker=0,1000001`,
    undefined,
    400,
    "invalid_request",
    /worker "1000001": expected an integer from 0 to 1000000/,
  ],
  ["GET", `/sum/${ID}/logs?follow=2`, undefined, 400, "invalid_request", /follow/],
  ["GET", `/sum/${ID}/events`, undefined, 404, "job_not_found", /./],
  ["POST", `/sum/${ID}/retry`, undefined, 404, "job_not_found", /./],
  ["DELETE", `/sum/${ID}`, undefined, 404, "job_not_found", /./],
  ["GET", `/sum/${ID}/nothing`, undefined, 404, "not_found", /no such route/],
  ["GET", "/a/b/c/d", undefined, 404, "not_found", /no such route/],
  [
    "GET",
    "/jobs?limit=0",
    undefined,
    400,
    "invalid_request",
    /limit "0": expected an integer from 1 to 1000/,
  ],
  ["GET", "/jobs?status=done", undefined, 400, "invalid_request", /status "done": expected one of pending/],
  ["GET", "/jobs?cursor=x", undefined, 400, "invalid_request", /cursor/],
  // A variable that is not set leaves an empty value: it is no choice, and must not pass for one.
  [
    "GET",
    "/jobs?cursor=",
    undefined,
    400,
    "invalid_request",
    /cursor "": expected the cursor of the page before/,
  ],
  ["GET", "/jobs?api=", undefined, 400, "invalid_request", /api "": expected the name of an API; GET \/apis/],
  [
    "GET",
    "/jobs?api=No+Such",
    undefined,
    400,
    "invalid_request",
    /api "No Such": expected the name of an API/,
  ],
  ["GET", "/jobs?status=", undefined, 400, "invalid_request", /status "": expected one of pending/],
  ["GET", "/jobs?status=running,", undefined, 400, "invalid_request", /status "": expected one of pending/],
  ["GET", "/jobs?label=", undefined, 400, "invalid_request", /label "": expected key:value/],
  ["GET", "/jobs?limit=", undefined, 400, "invalid_request", /limit "": expected an integer/],
  ["GET", "/jobs/events?api=", undefined, 400, "invalid_request", /api "": expected the name of an API/],
  ["DELETE", "/apis/sum?force=", undefined, 400, "invalid_request", /force "": expected true or false/],
  ["DELETE", "/apis/sum?force", undefined, 400, "invalid_request", /force "": expected true or false/],
  ["POST", "/sum?dryRun=", items(1), 400, "invalid_request", /dryRun "": expected true or false/],
  ["GET", "/jobs?label=x", undefined, 400, "invalid_request", /key:value/],
  ["GET", "/jobs?api=a&api=b", undefined, 400, "invalid_request", /more than once/],
  ["GET", "/apis/nope", undefined, 404, "api_not_found", /not deployed/],
  ["DELETE", "/apis/nope", undefined, 404, "api_not_found", /not deployed/],
  ["POST", "/apis/nope/refresh", undefined, 404, "api_not_found", /not deployed/],
  ["PUT", "/apis/sum", undefined, 422, "invalid_archive", /empty/],
  ["PUT", "/apis/sum", "no archive", 422, "invalid_archive", /\.tar\.gz/],
  ["GET", "/%E0%A4%A", undefined, 400, "invalid_request", /./],
  ["DELETE", "/jobs", undefined, 405, "method_not_allowed", /expected HEAD, GET/],
  ["PATCH", "/sum", undefined, 405, "method_not_allowed", /./],
  ["POST", "/metrics", undefined, 405, "method_not_allowed", /GET/],
];

test("the service answers bad input with a clear 4xx problem", async (t) => {
  const { call } = await startHarness(t);
  for (const [method, path, body, status, code, detail] of BAD_INPUT) {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const response = await call(path, { method, ...(body === undefined ? {} : { body: text }) });
    const problem = (await response.json()) as Problem;
    const label = `${method} ${path} ${text?.slice(0, 60)}: ${JSON.stringify(problem)}`;
    t.is(response.status, status, label);
    t.is(problem.status, status, label);
    t.is(problem.code, code, label);
    t.regex(problem.detail, detail, label);
    t.is(problem.request_id, response.headers.get("x-request-id") ?? "", label);
  }
});
