export type { ArchiveLimits } from "./archive-limits.ts";
export { type ArchiveEntry, readArchive } from "./read-archive.ts";
