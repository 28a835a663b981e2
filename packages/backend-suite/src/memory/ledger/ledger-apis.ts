import { type ApiLedger, type ApiVersion, MillraceError } from "@millrace/core";
import type { MemoryState } from "../state/memory-state.ts";

export function memoryApis({ apis, versions }: MemoryState): ApiLedger {
  const byEndpoint = (endpoint: string) =>
    [...apis.values()].find(({ spec }) => spec.networking.endpoint === endpoint);
  const copy = (api: ApiVersion | undefined) => structuredClone(api);
  return {
    put: async (api) => {
      const { endpoint } = api.spec.networking;
      const holder = byEndpoint(endpoint)?.name ?? api.name;
      if (holder !== api.name) {
        throw new MillraceError(
          "conflict",
          `Cannot deploy API "${api.name}": endpoint "${endpoint}" is taken by API "${holder}", expected a free one`,
        );
      }
      apis.set(api.name, structuredClone(api));
      versions.set(`${api.name} ${api.version}`, structuredClone(api));
    },
    get: async (name) => copy(apis.get(name)),
    byEndpoint: async (endpoint) => copy(byEndpoint(endpoint)),
    version: async (name, version) => copy(versions.get(`${name} ${version}`)),
    list: async () => structuredClone([...apis.values()].sort((a, b) => (a.name < b.name ? -1 : 1))),
    delete: async (name) => {
      if (!apis.delete(name))
        throw new MillraceError("api_not_found", `Cannot delete API "${name}": it is not deployed`);
    },
  };
}
