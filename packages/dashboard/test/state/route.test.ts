import test from "ava";
import { shownProblem } from "../../src/app/state/problem.ts";
import { apiAddress, jobAddress, routeOf } from "../../src/app/state/route.ts";

test("routeOf() knows every page, with and without a final slash", (t) => {
  t.deepEqual(routeOf("/dashboard"), { page: "jobs" });
  t.deepEqual(routeOf("/dashboard/"), { page: "jobs" });
  t.deepEqual(routeOf("/dashboard/apis"), { page: "apis" });
  t.deepEqual(routeOf("/dashboard/apis/sum"), { page: "api", name: "sum" });
  t.deepEqual(routeOf("/dashboard/jobs/sum/01"), { page: "job", endpoint: "sum", jobId: "01" });
  for (const path of [
    "/",
    "/dashboard/jobs/01",
    "/dashboard/apis/a/b",
    "/dashboard/%E0%A4%A/x",
    "/dashboard/x",
  ])
    t.deepEqual(routeOf(path), { page: "not_found" }, path);
});

test("addresses lead back to their page, whatever its name", (t) => {
  t.deepEqual(routeOf(apiAddress("a b/ü")), { page: "api", name: "a b/ü" });
  t.deepEqual(routeOf(jobAddress("/team/sum", "01")), { page: "job", endpoint: "team/sum", jobId: "01" });
});

test("shownProblem() shows the service's message and the request id, if there is one", (t) => {
  const problem = { detail: "Cannot stop job", request_id: "r1", status: 409 };
  const told = { detail: "Cannot stop job", requestId: "r1", status: 409 };
  t.deepEqual(shownProblem(problem), told);
  t.deepEqual(shownProblem(Object.assign(new Error("x"), { problem })), told);
  t.is(shownProblem(new TypeError("Failed to fetch")).detail, "The service does not answer");
  t.is(shownProblem(new Error("odd")).detail, "odd");
});
