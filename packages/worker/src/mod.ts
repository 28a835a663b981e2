export { readArchive } from "./prepare/read-archive.ts";
