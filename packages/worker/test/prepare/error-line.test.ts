import test from "ava";
import { errorLine, mayTell } from "../../src/prepare/error-line.ts";

/** What installers print at the end, and the line that says why. */
const CASES: readonly (readonly [string, string, string])[] = [
  [
    "pip: no such version",
    `ERROR: Could not find a version that satisfies the requirement requests==99.99 (from versions: 0.2.0, 0.2.1)
ERROR: No matching distribution found for requests==99.99
WARNING: There was an error checking the latest version of pip.
Looking in links: wheels`,
    "ERROR: No matching distribution found for requests==99.99",
  ],
  [
    "pip: a conflict",
    `ERROR: Cannot install requests==2.31.0 and urllib3==1.20 because these package versions have conflicting dependencies.

The conflict is caused by:
    The user requested urllib3==1.20

ERROR: ResolutionImpossible: for help visit https://pip.pypa.io/en/latest/topics/dependency-resolution/`,
    "ERROR: Cannot install requests==2.31.0 and urllib3==1.20 because these package versions have conflicting dependencies.",
  ],
  [
    "pip: a build that raises",
    `  error: subprocess-exited-with-error
  ╰─> [18 lines of output]
        File "<string>", line 1, in <module>
      ModuleNotFoundError: No module named 'foo_missing_module'
      [end of output]

  note: This error originates from a subprocess, and is likely not a problem with pip.
error: subprocess-exited-with-error
╰─> See above for output.
hint: See above for details.`,
    "ModuleNotFoundError: No module named 'foo_missing_module'",
  ],
  [
    "pip: a build that does not compile",
    `      gcc -Wall -fPIC -c badc.c -o badc.o
      badc.c:1:10: fatal error: nosuchheader.h: No such file or directory
      compilation terminated.
      error: Command '['gcc']' returned non-zero exit status 1.
      [end of output]
  ERROR: Failed building wheel for badc
Failed to build badc
ERROR: Could not build wheels for badc, which is required to install pyproject.toml-based projects`,
    "badc.c:1:10: fatal error: nosuchheader.h: No such file or directory",
  ],
  [
    "venv: not there",
    `The virtual environment was not created successfully because ensurepip is not
available.  On Debian/Ubuntu systems, you need to install the python3-venv
package using the following command.

    apt install python3.11-venv

Failing command: /tmp/python/bin/python3`,
    "apt install python3.11-venv",
  ],
  [
    "conda",
    `Collecting package metadata: done
PackagesNotFoundError: The following packages are not available from current channels:

  - no-such-package`,
    "PackagesNotFoundError: The following packages are not available from current channels:",
  ],
  [
    "npm",
    `npm error code ETARGET
npm error notarget No matching version found for left-pad@99.0.0.
npm error notarget In most cases you or one of your dependencies are requesting a package version that doesn't exist.
npm error A complete log of this run can be found in: /root/.npm/_logs/debug-0.log`,
    "npm error notarget No matching version found for left-pad@99.0.0.",
  ],
  [
    "npm: a script that throws",
    `Error: no compiler
    at [eval]:1:7

Node.js v24.0.0
npm error code 1
npm error path /tmp/project
npm error command failed`,
    "Error: no compiler",
  ],
  [
    "pnpm",
    `Error: ERR_PNPM_FETCH_404

  × installing dependencies
  ├─▶ Failed to resolve dependency tree: GET https://registry.example/no-such: Not Found - 404
  help: no-such is not in the npm registry, or you have
        no permission to fetch it.`,
    "├─▶ Failed to resolve dependency tree: GET https://registry.example/no-such: Not Found - 404",
  ],
  [
    "a script",
    "fetching weights\n./dependencies.sh: line 3: wgets: command not found\n",
    "./dependencies.sh: line 3: wgets: command not found",
  ],
];

for (const [what, output, expected] of CASES) {
  test(`errorLine() finds what went wrong in the output of ${what}`, (t) => {
    const lines = output.split("\n");
    t.is(errorLine(lines), expected);
    // Also when only the lines that may tell were kept, and others after them.
    const kept = [...lines.filter(mayTell), ...lines.slice(-1)];
    if (what !== "a script") t.is(errorLine(kept), expected);
  });
}

test("errorLine() is undefined without output, and clips long lines", (t) => {
  t.is(errorLine(["", "  "]), undefined);
  t.true((errorLine([`ERROR: ${"x".repeat(10_000)}`])?.length ?? 0) < 600);
});
