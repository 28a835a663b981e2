import type { FailureGroupsResponse, JobStatus } from "@millrace/core/rest";
import { useEffect, useState } from "preact/hooks";
import { failureGroups, type JobAddress } from "../api.ts";
import { isOver } from "../text/statuses.ts";
import { type Loaded, useLoaded } from "./use-loaded.ts";

const EVERY_MS = 5_000;

/** The job's failures by error; reloaded regularly while their number grows. */
export function useFailureGroups(
  address: JobAddress,
  failed: number,
  status: JobStatus,
): Loaded<FailureGroupsResponse> {
  const [asked, setAsked] = useState(failed);
  const isLast = isOver(status);
  useEffect(() => {
    if (failed === asked) return;
    const timer = setTimeout(() => setAsked(failed), asked === 0 || isLast ? 0 : EVERY_MS);
    return () => clearTimeout(timer);
  }, [failed === asked, isLast]);
  const key = asked === 0 ? undefined : `${asked} ${isLast}`;
  return useLoaded(key, (signal) => failureGroups(address, signal));
}
