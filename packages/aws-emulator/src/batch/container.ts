import type { Container } from "./job.ts";
import { clientException } from "./service-error.ts";
import {
  type Members,
  membersList,
  optionalInteger,
  optionalText,
  type ResourceRequirement,
  requiredText,
  textList,
} from "./wire.ts";

const RESERVED_PREFIX = "AWS_BATCH";
/** Minimum value per requirement type. MEMORY is in MiB; Docker rejects less. */
const LEAST = { VCPU: 1, MEMORY: 4, GPU: 1 } as const;

/** Applies the overrides to the definition's container. @throws ClientException when either is invalid. */
export function readContainer(properties: Members, overrides: Members = {}): Container {
  const { command, environment, resourceRequirements, vcpus, memory, ...others } = properties;
  const requirements = byKey(
    [...readRequirements(properties), ...readRequirements(overrides)],
    ({ type }) => type,
  );
  const requirement = (type: ResourceRequirement["type"]) =>
    requirements.find((candidate) => candidate.type === type)?.value;
  const vcpuCount = requirement("VCPU") ?? legacy("vcpus", { properties, overrides });
  const memoryMebibytes = requirement("MEMORY") ?? legacy("memory", { properties, overrides });
  if (vcpuCount === undefined || memoryMebibytes === undefined) {
    throw clientException("Container properties must specify the resource requirements VCPU and MEMORY");
  }
  return {
    command: readCommand(overrides) ?? readCommand(properties) ?? [],
    environment: byKey([...readEnvironment(properties), ...readEnvironment(overrides)], ({ name }) => name),
    resourceRequirements: requirements,
    vcpus: Number(vcpuCount),
    others,
  };
}

/** The members that requirements replaced; they do not override a requirement of the definition. */
function legacy(
  name: "vcpus" | "memory",
  { properties, overrides }: { readonly properties: Members; readonly overrides: Members },
): number | undefined {
  const range = { min: name === "vcpus" ? LEAST.VCPU : LEAST.MEMORY, max: Number.MAX_SAFE_INTEGER };
  return optionalInteger(overrides, name, range) ?? optionalInteger(properties, name, range);
}

function readCommand(from: Members): readonly string[] | undefined {
  const command = textList(from, "command");
  if (command?.includes("")) throw clientException("command must not contain an empty string");
  return command?.length === 0 ? undefined : command;
}

function readEnvironment(from: Members): readonly { readonly name: string; readonly value: string }[] {
  return (membersList(from, "environment") ?? []).map((pair) => {
    const name = requiredText(pair, "name");
    if (name.startsWith(RESERVED_PREFIX)) {
      throw clientException(`Environment variable name ${name} must not start with ${RESERVED_PREFIX}`);
    }
    return { name, value: optionalText(pair, "value") ?? "" };
  });
}

function readRequirements(from: Members): readonly ResourceRequirement[] {
  const seen = new Set<string>();
  return (membersList(from, "resourceRequirements") ?? []).map((requirement) => {
    const type = requiredText(requirement, "type");
    const value = requiredText(requirement, "value");
    if (!isType(type))
      throw clientException(`resourceRequirements type must be VCPU, MEMORY or GPU, got ${type}`);
    if (seen.has(type)) throw clientException(`resourceRequirements must have one ${type} at most`);
    seen.add(type);
    if (!/^[0-9]+$/.test(value) || Number(value) < LEAST[type]) {
      throw clientException(`${type} must be an integer of at least ${LEAST[type]}, got ${value}`);
    }
    return { type, value };
  });
}

function isType(type: string): type is ResourceRequirement["type"] {
  return Object.hasOwn(LEAST, type);
}

/** Later entries replace earlier ones with the same key, in place. */
function byKey<T>(entries: readonly T[], keyOf: (entry: T) => string): readonly T[] {
  return [...new Map(entries.map((entry) => [keyOf(entry), entry])).values()];
}
