/** Names of the parameters in an OpenAPI path, such as `/apis/{name}`. */
export type ParameterOf<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParameterOf<Rest>
  : never;

/** The rest of the path, including its slashes. */
const REST = "{path}";

export function parameterNames(path: string): readonly string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
}

/** The path in the router's syntax: parameters as `:name`, and `*path` for the rest. */
export function routerPath(path: string): string {
  return path.replace(REST, "*path").replace(/\{(\w+)\}/g, ":$1");
}

/** True where another path may match as well: the router must try it last. */
export function takesRest(path: string): boolean {
  return path.endsWith(REST);
}

/** True for paths under an API's endpoint; any other path starts with a name of the service's own. */
export function isOfEndpoint(path: string): boolean {
  return path.startsWith("/{endpoint}");
}

/** The text between the first two slashes. */
export function firstSegment(path: string): string {
  return path.split("/")[1] ?? "";
}
