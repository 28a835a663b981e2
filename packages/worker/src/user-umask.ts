/** Variable in which the service passes on the umask it was started with; its own files are private to their owner. */
const VARIABLE = "MILLRACE_UMASK";

/**
 * Makes this process's files private to their owner, and returns the umask for the predictor: its files are the user's
 * own, and others may need to read them. No child process inherits the variable.
 */
export function takeUmask(environment: Record<string, string | undefined>): number {
  const own = process.umask(0o077);
  const given = environment[VARIABLE];
  delete environment[VARIABLE];
  return /^[0-7]{1,4}$/.test(given ?? "") ? Number.parseInt(given ?? "", 8) : own;
}

/** The command under that umask; the shell replaces itself with it. */
export function withUmask(command: readonly string[], umask: number | undefined): readonly string[] {
  if (umask === undefined) return command;
  return ["/bin/sh", "-c", 'umask "$0"; exec "$@"', umask.toString(8).padStart(4, "0"), ...command];
}
