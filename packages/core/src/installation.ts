/**
 * How installed dependencies lie in a folder of their own: each installation in a folder whose name begins so, with a file
 * in it once it is finished, and beside them a SQLite file that is locked while one of them is made.
 */
export const INSTALLATION = Object.freeze({
  prefix: "install-",
  finished: ".millrace-complete",
  lock: "lock.db",
  /** A project that is being unpacked, beside its place. */
  unpacking: "unpacking-",
});
