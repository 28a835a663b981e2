import { RESERVED_ENDPOINTS } from "@millrace/core/schemas";

// What names in paths and queries can be at all, for the routes and the document that describes them.

/** Not a name that the service answers itself: such a path is another operation's. */
export const ENDPOINT = new RegExp(
  `^(?!(?:${RESERVED_ENDPOINTS.join("|").replaceAll(".", "\\.")})$)[A-Za-z0-9_-][A-Za-z0-9._-]{0,62}$`,
);
export const JOB_ID = /^[0-9A-Z]{26}$/;
/** One in the query, where a comma begins the next. */
export const LABEL = /^[^:,]+:[^,]*$/;
