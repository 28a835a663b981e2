import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** The first of `names` that is a program on the environment's PATH. */
export async function findCommand(
  names: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const directories = (env.PATH ?? "").split(delimiter).filter((directory) => directory !== "");
  for (const name of names) {
    for (const directory of directories) {
      const executable = await access(join(directory, name), constants.X_OK).then(
        () => true,
        () => false,
      );
      if (executable) return name;
    }
  }
  return undefined;
}
