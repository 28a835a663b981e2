export {
  type LocalBackendOptions,
  type LocalWorkerBackendOptions,
  openLocalBackend,
  openLocalWorkerBackend,
} from "./backend.ts";
export { type Home, homePaths } from "./home.ts";
export { lockHome } from "./home-lock.ts";
export type { Machine } from "./pool-resources.ts";
