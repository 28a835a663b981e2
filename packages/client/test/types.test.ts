import type * as core from "@millrace/core";
import test from "ava";
import type { Answer } from "../src/answer.ts";
import type * as client from "../src/types.ts";

type Mutual<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;

// Each line compiles only if what the document says and what core says take the very same values.
const agreements: readonly true[] = [
  true satisfies Mutual<Answer<"listApis">, core.ApiListResponse>,
  true satisfies Mutual<Answer<"getApi">, core.ApiResponse>,
  true satisfies Mutual<Answer<"deployApi">, core.DeployResponse>,
  true satisfies Mutual<Answer<"deleteApi">, core.MessageResponse>,
  true satisfies Mutual<Answer<"submitJob">, core.JobView>,
  true satisfies Mutual<Answer<"getJob">, core.JobStatusResponse>,
  true satisfies Mutual<Answer<"stopJob">, core.MessageResponse>,
  true satisfies Mutual<Answer<"retryJob">, core.JobView>,
  true satisfies Mutual<Answer<"listJobs">, core.JobListResponse>,
  true satisfies Mutual<Answer<"getFailureGroups">, core.FailureGroupsResponse>,
  true satisfies Mutual<Answer<"createSignInLink">, core.SignInLinkView>,
  true satisfies Mutual<client.DeployEvent, core.DeployEvent>,
  true satisfies Mutual<client.FailureView, core.FailureView>,
  true satisfies Mutual<client.JobEvent, core.JobEvent>,
  true satisfies Mutual<client.JobStatus, core.JobStatus>,
  true satisfies Mutual<client.LogLineView, core.LogLineView>,
  true satisfies Mutual<client.Problem, core.Problem>,
];

test("the compiler proves that the document's types agree with core's", (t) => {
  t.is(agreements.length, 17);
});
