import { clientException } from "./service-error.ts";

/** An unchecked JSON object: read every member with the functions below. */
export type Members = Readonly<Record<string, unknown>>;

export interface ResourceRequirement {
  readonly type: "VCPU" | "MEMORY" | "GPU";
  readonly value: string;
}

export interface EvaluateOnExit {
  readonly onStatusReason?: string;
  readonly onReason?: string;
  readonly onExitCode?: string;
  readonly action: "RETRY" | "EXIT";
}

export function isMembers(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function optionalText(from: Members, name: string): string | undefined {
  const value = from[name] ?? undefined;
  if (value === undefined || typeof value === "string") return value;
  throw clientException(`${name} must be a string`);
}

export function requiredText(from: Members, name: string): string {
  const value = optionalText(from, name);
  if (value === undefined || value === "") throw clientException(`${name} must not be null or empty`);
  return value;
}

export function optionalInteger(
  from: Members,
  name: string,
  { min, max }: { readonly min: number; readonly max: number },
): number | undefined {
  const value = from[name] ?? undefined;
  if (value === undefined) return undefined;
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return value as number;
  throw clientException(`${name} must be an integer between ${min} and ${max}, got ${JSON.stringify(value)}`);
}

export function optionalMembers(from: Members, name: string): Members | undefined {
  const value = from[name] ?? undefined;
  if (value === undefined || isMembers(value)) return value;
  throw clientException(`${name} must be an object`);
}

export function membersList(from: Members, name: string): readonly Members[] | undefined {
  const value = from[name] ?? undefined;
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every(isMembers)) return value;
  throw clientException(`${name} must be a list of objects`);
}

export function textList(from: Members, name: string): readonly string[] | undefined {
  const value = from[name] ?? undefined;
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  throw clientException(`${name} must be a list of strings`);
}

export function textMap(from: Members, name: string): Readonly<Record<string, string>> {
  const value = optionalMembers(from, name) ?? {};
  for (const [key, item] of Object.entries(value)) {
    if (typeof item !== "string") throw clientException(`${name}.${key} must be a string`);
  }
  return value as Readonly<Record<string, string>>;
}

/** The object without its undefined members, as the service omits what it does not know. */
export function present<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}
