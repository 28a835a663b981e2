/** Variable in which the service, whose own files are its owner's alone, hands the umask on that it was started with. */
const VARIABLE = "MILLRACE_UMASK";

/**
 * Makes this process's files its owner's alone, and gives the umask that the predictor gets: what it writes elsewhere is
 * the user's business, and others may be meant to read it. Nothing that is started inherits the variable.
 */
export function takeUmask(environment: Record<string, string | undefined>): number {
  const own = process.umask(0o077);
  const given = environment[VARIABLE];
  delete environment[VARIABLE];
  return /^[0-7]{1,4}$/.test(given ?? "") ? Number.parseInt(given ?? "", 8) : own;
}

/** The command under that umask; the shell replaces itself by it. */
export function withUmask(command: readonly string[], umask: number | undefined): readonly string[] {
  if (umask === undefined) return command;
  return ["/bin/sh", "-c", 'umask "$0"; exec "$@"', umask.toString(8).padStart(4, "0"), ...command];
}
