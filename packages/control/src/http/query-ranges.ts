import { z } from "zod";

/** A time in a query: RFC 3339, in any zone. */
export const QUERY_TIME = z.iso.datetime({ offset: true });

/** Bounds of numbers in queries, for the routes and the document that describes them. */
export const QUERY_RANGES = Object.freeze({
  limit: { min: 1, max: 1_000 },
  tail: { min: 0, max: 100_000 },
  worker: { min: 0, max: 1_000_000 },
});
