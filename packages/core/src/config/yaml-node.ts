import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
} from "yaml";
import type { ConfigMistake } from "./config-error.ts";
import { got } from "./field-error.ts";
import { MAX_DEPTH } from "./json-value.ts";
import type { Located, LocatedField } from "./located.ts";

/**
 * Limit on nodes added by aliases; a few nested aliases stand for billions.
 * https://en.wikipedia.org/wiki/Billion_laughs_attack
 */
const MAX_ALIASED_NODES = 10_000;

interface Walk {
  readonly mistakes: ConfigMistake[];
  /** Anchors so far. The parser's own anchor search walks the whole document for each alias. */
  readonly anchors: Map<string, Node>;
  /** Targets of the aliases being followed now. */
  readonly open: Set<Node>;
  depth: number;
  aliasedNodes: number;
}

const NOTHING: Located = { offset: undefined, value: null, source: "" };

/** The contents of a YAML document as values with positions, and the mistakes in it. */
export function locateNode(document: Document.Parsed): {
  readonly node: Located;
  readonly mistakes: readonly ConfigMistake[];
} {
  const walk: Walk = { mistakes: [], anchors: new Map(), open: new Set(), depth: 0, aliasedNodes: 0 };
  return { node: visit(document.contents, walk), mistakes: walk.mistakes };
}

function visit(node: unknown, walk: Walk): Located {
  if (walk.open.size > 0 && ++walk.aliasedNodes > MAX_ALIASED_NODES) return NOTHING;
  if (isAlias(node)) return visitAlias(node, walk);
  if (isNode(node) && walk.open.size === 0) rememberAnchor(node, walk);
  if (isScalar(node)) return visitScalar(node, walk);
  if (!isMap(node) && !isSeq(node)) return NOTHING;
  const offset = offsetOf(node);
  if (walk.depth >= MAX_DEPTH) {
    refuseOnce(walk, { offset, message: `must not be nested deeper than ${MAX_DEPTH} levels` });
    return NOTHING;
  }
  walk.depth++;
  const located: Located = isMap(node)
    ? { offset, fields: visitFields(node.items, walk) }
    : { offset, items: node.items.map((item) => visitItem(item, walk)) };
  walk.depth--;
  return located;
}

/** An anchor may be redefined; aliases refer to the last one before them. A node inside its own anchor is open. */
function rememberAnchor(node: Node & { readonly anchor?: string }, walk: Walk): void {
  if (node.anchor !== undefined) walk.anchors.set(node.anchor, node);
}

function visitItem(item: unknown, walk: Walk): Located {
  if (!isPair(item)) return visit(item, walk);
  walk.mistakes.push({
    offset: offsetOf(item.key),
    message: "must not use the YAML types !!omap and !!pairs",
  });
  return NOTHING;
}

function visitAlias(alias: Alias, walk: Walk): Located {
  const offset = offsetOf(alias);
  const target = walk.anchors.get(alias.source);
  if (target === undefined || walk.open.has(target)) {
    const message =
      target === undefined
        ? `alias "*${alias.source}" has no anchor "&${alias.source}" before it`
        : `alias "*${alias.source}" contains itself`;
    walk.mistakes.push({ offset, message });
    return NOTHING;
  }
  walk.open.add(target);
  const located = visit(target, walk);
  walk.open.delete(target);
  if (walk.aliasedNodes > MAX_ALIASED_NODES) {
    refuseOnce(walk, { offset, message: `aliases expand to more than ${MAX_ALIASED_NODES} values` });
  }
  return { ...located, offset };
}

/** Deeply nested brackets or aliases would otherwise report the same mistake many times. */
function refuseOnce(walk: Walk, mistake: ConfigMistake): void {
  if (!walk.mistakes.some(({ message }) => message === mistake.message)) walk.mistakes.push(mistake);
}

function visitScalar(
  node: Node & { readonly value: unknown; readonly source?: string },
  walk: Walk,
): Located {
  const { value } = node;
  const simple = value === null || ["string", "number", "boolean"].includes(typeof value);
  if (!simple) {
    walk.mistakes.push({
      offset: offsetOf(node),
      message: `must be a plain YAML 1.2 value (got ${got(value)})`,
    });
    return NOTHING;
  }
  return { offset: offsetOf(node), value, source: node.source ?? String(value) };
}

function visitFields(pairs: readonly Pair[], walk: Walk): Map<string, LocatedField> {
  const fields = new Map<string, LocatedField>();
  const merged: Located[] = [];
  for (const { key, value } of pairs) {
    const nameOffset = offsetOf(key) ?? offsetOf(value);
    const name = isScalar(key) && key.value !== null ? (key.source ?? String(key.value)) : undefined;
    const problem = nameProblem(name, fields.has(name ?? ""));
    if (name === undefined || problem !== undefined) {
      walk.mistakes.push({ offset: nameOffset, message: problem ?? "a field's name must be plain text" });
      continue;
    }
    const node = visit(value, walk);
    if (name === "<<") {
      merged.push(...(node.items ?? [node]));
      continue;
    }
    // an empty value has nothing to point at but its name
    const isEmpty = node.offset === undefined || (node.value === null && node.source === "");
    fields.set(name, { nameOffset, node: isEmpty ? { ...node, offset: nameOffset } : node });
  }
  for (const source of merged) mergeFields(fields, source, walk);
  return fields;
}

function nameProblem(name: string | undefined, taken: boolean): string | undefined {
  if (name === undefined) return "a field's name must be plain text";
  if (name === "__proto__") return 'a field must not be called "__proto__"';
  return taken ? `duplicate field "${name}"` : undefined;
}

/** YAML's merge key `<<: *defaults`: existing fields win. https://yaml.org/type/merge.html */
function mergeFields(fields: Map<string, LocatedField>, source: Located, walk: Walk): void {
  if (source.fields === undefined) {
    walk.mistakes.push({
      offset: source.offset,
      message: 'the merge key "<<" takes an object or a list of objects',
    });
    return;
  }
  for (const [name, field] of source.fields) {
    if (!fields.has(name)) fields.set(name, field);
  }
}

function offsetOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
