/**
 * Names in a folder of installed dependencies: each installation has its own folder, whose name starts with `prefix`
 * and which gets a marker file when complete. Next to them is a SQLite file that is locked while one of them is made.
 */
export const INSTALLATION = Object.freeze({
  prefix: "install-",
  finished: ".millrace-complete",
  lock: "lock.db",
  /** A project being unpacked, next to its final place. */
  unpacking: "unpacking-",
});
