export {
  type LocalBackendOptions,
  type LocalWorkerBackendOptions,
  openLocalBackend,
  openLocalWorkerBackend,
} from "./backend.ts";
export { type Home, homePaths } from "./home/home.ts";
export type { Machine } from "./pool/pool-resources.ts";
export { lockHome } from "./state/home-lock.ts";
