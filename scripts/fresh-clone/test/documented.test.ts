import test from "ava";
import { COMMAND_TRIALS, howTried, unusedEntries } from "../documented.ts";
import { allDocumentedCommands } from "../pages.ts";
import { tryInFreshClone } from "../trial.ts";

test("howTried() knows every command of every page, and none that is on no page", async (t) => {
  const commands = await allDocumentedCommands();
  t.true(commands.length > 200, `found ${commands.length} commands`);
  const unknown = commands.filter((command) => howTried(command) === undefined);
  t.deepEqual(
    unknown.map(({ page, line, text }) => `${page}:${line}: ${text}`),
    [],
    "say in scripts/fresh-clone/documented.ts how each is tried, or why it cannot be",
  );
  t.deepEqual(unusedEntries(commands), []);
});

for (const trial of COMMAND_TRIALS) {
  test.serial(`${trial.command} works when nothing is installed`, async (t) => {
    await tryInFreshClone(t, trial);
  });
}
