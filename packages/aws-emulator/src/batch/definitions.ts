import { type Arns, nameOf } from "./arns.ts";
import { readContainer } from "./container.ts";
import type { RetryStrategy } from "./job.ts";
import { readPage } from "./pages.ts";
import { readRetryStrategy } from "./retry-strategy.ts";
import { clientException } from "./service-error.ts";
import { readTimeoutSeconds } from "./timeout.ts";
import {
  type Members,
  optionalInteger,
  optionalMembers,
  optionalText,
  requiredText,
  textList,
  textMap,
} from "./wire.ts";

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;
const MAX_DESCRIBED = 100;

export interface Definition {
  readonly name: string;
  readonly revision: number;
  readonly arn: string;
  status: "ACTIVE" | "INACTIVE";
  readonly containerProperties: Members;
  readonly parameters: Readonly<Record<string, string>>;
  readonly retryStrategy: RetryStrategy | undefined;
  readonly timeoutSeconds: number | undefined;
  readonly schedulingPriority: number | undefined;
  /** As received, for DescribeJobDefinitions. */
  readonly wire: Members;
}

/** The job definitions: every registration makes a new revision; a deregistered one stays as INACTIVE. */
export class Definitions {
  readonly #arns: Arns;
  readonly #byName = new Map<string, Definition[]>();

  constructor(arns: Arns) {
    this.#arns = arns;
  }

  register(request: Members): Members {
    const name = requiredText(request, "jobDefinitionName");
    if (!NAME.test(name)) throw clientException(`Job definition name ${name} is invalid`);
    if (requiredText(request, "type") !== "container") {
      throw clientException("The fake runs job definitions of type container only");
    }
    const containerProperties = optionalMembers(request, "containerProperties");
    if (containerProperties === undefined) throw clientException("containerProperties must not be null");
    requiredText(containerProperties, "image");
    readContainer(containerProperties);
    const revisions = this.#byName.get(name) ?? [];
    const revision = revisions.length + 1;
    const definition: Definition = {
      name,
      revision,
      arn: this.#arns.jobDefinition(name, revision),
      status: "ACTIVE",
      containerProperties,
      parameters: textMap(request, "parameters"),
      retryStrategy: readRetryStrategy(request),
      timeoutSeconds: readTimeoutSeconds(request),
      schedulingPriority: optionalInteger(request, "schedulingPriority", { min: 0, max: 9_999 }),
      wire: { ...request, tags: textMap(request, "tags") },
    };
    this.#byName.set(name, [...revisions, definition]);
    return { jobDefinitionName: name, jobDefinitionArn: definition.arn, revision };
  }

  deregister(request: Members): Members {
    const asked = requiredText(request, "jobDefinition");
    const { name, revision } = parse(asked);
    if (revision === undefined) throw clientException(`Job definition ${asked} must have a revision`);
    const definition = this.#byName.get(name)?.[revision - 1];
    if (definition === undefined) throw clientException(`Job definition ${asked} does not exist`);
    definition.status = "INACTIVE";
    return {};
  }

  describe(request: Members, { emptyPages }: { readonly emptyPages: boolean }): Members {
    const asked = textList(request, "jobDefinitions");
    const name = optionalText(request, "jobDefinitionName");
    const status = optionalText(request, "status");
    if (asked !== undefined && asked.length > MAX_DESCRIBED) {
      throw clientException(`jobDefinitions must have at most ${MAX_DESCRIBED} entries`);
    }
    if (asked !== undefined && (name !== undefined || status !== undefined)) {
      throw clientException("jobDefinitions can't be used with other parameters");
    }
    const wanted = asked?.map(parse);
    const found = [...this.#byName.values()]
      .flatMap((revisions) => revisions.toReversed())
      .filter((definition) => name === undefined || definition.name === nameOf(name))
      .filter((definition) => status === undefined || definition.status === status)
      .filter(
        (definition) =>
          wanted === undefined ||
          wanted.some(
            (one) =>
              one.name === definition.name &&
              (one.revision === undefined || one.revision === definition.revision),
          ),
      );
    const { items, nextToken } = readPage(
      found.map((item, position) => ({ item, position })),
      { request, most: MAX_DESCRIBED, emptyPages },
    );
    return { jobDefinitions: items.map(describeDefinition), nextToken };
  }

  /** The definition that SubmitJob names: the latest active revision if it names none. */
  resolve(asked: string): Definition {
    const { name, revision } = parse(asked);
    const revisions = this.#byName.get(name) ?? [];
    const definition =
      revision === undefined
        ? revisions.findLast(({ status }) => status === "ACTIVE")
        : revisions.find((candidate) => candidate.revision === revision);
    if (definition === undefined) throw clientException(`Job definition ${asked} does not exist`);
    if (definition.status === "INACTIVE") throw clientException(`Job definition ${asked} is not active`);
    return definition;
  }
}

function describeDefinition({ name, arn, revision, status, wire, containerProperties }: Definition): Members {
  return {
    ...wire,
    jobDefinitionName: name,
    jobDefinitionArn: arn,
    revision,
    status,
    containerOrchestrationType: "ECS",
    containerProperties: {
      environment: [],
      mountPoints: [],
      volumes: [],
      ulimits: [],
      ...containerProperties,
    },
  };
}

function parse(asked: string): { readonly name: string; readonly revision: number | undefined } {
  const [name = "", revision] = nameOf(asked).split(":");
  return { name, revision: revision === undefined ? undefined : Number(revision) };
}
