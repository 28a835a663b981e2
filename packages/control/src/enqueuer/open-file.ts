import {
  isMillraceError,
  type ObjectStat,
  type ObjectStore,
  type OpenSourceOptions,
  openSource,
  type Source,
} from "@millrace/core";

/**
 * Opens a listed file; undefined when it cannot be read and `skip` was called. @throws {MillraceError} as `openSource`
 */
export async function openFile(
  objects: ObjectStore,
  stat: ObjectStat,
  {
    skip,
    ...options
  }: OpenSourceOptions & {
    /** Called with the reason why a file cannot be read. @default the dataset is rejected */
    readonly skip?: ((reason: string) => void) | undefined;
  },
): Promise<Source | undefined> {
  try {
    return await openSource(objects, stat, options);
  } catch (error) {
    const reason = skip && (await unreadableReason(objects, stat, error));
    if (!reason) throw error;
    skip(reason);
    return undefined;
  }
}

/**
 * Why a file could not be opened, if the cause is the file itself: no permission, or it no longer exists. A changed
 * file does not count.
 */
async function unreadableReason(
  objects: ObjectStore,
  { uri }: ObjectStat,
  error: unknown,
): Promise<string | undefined> {
  if (isMillraceError(error, "object_unreadable")) return `cannot be read: ${error.message}`;
  if (isMillraceError(error, "object_not_found")) return "vanished after it was listed";
  if (!isMillraceError(error, "input_changed")) return undefined;
  try {
    await objects.stat(uri);
    return undefined;
  } catch (gone) {
    return isMillraceError(gone, "object_not_found") ? "vanished after it was listed" : undefined;
  }
}
