/** The names of the parameters in a path of OpenAPI's form, such as `/apis/{name}`. */
export type ParameterOf<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParameterOf<Rest>
  : never;

/** All that is left of the path, with its slashes. */
const REST = "{path}";

export function parameterNames(path: string): readonly string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
}

/** The path as the router takes it: parameters as `:name`, and `*path` for all that is left. */
export function routerPath(path: string): string {
  return path.replace(REST, "*path").replace(/\{(\w+)\}/g, ":$1");
}

/** True where another path may be meant as well: it is for the router to try last. */
export function takesRest(path: string): boolean {
  return path.endsWith(REST);
}

/** True for what the endpoint of an API answers; any other path begins with a name of the service's own. */
export function isOfEndpoint(path: string): boolean {
  return path.startsWith("/{endpoint}");
}

/** What is between the first two slashes. */
export function firstSegment(path: string): string {
  return path.split("/")[1] ?? "";
}
