import { type Document, isScalar, parseAllDocuments } from "yaml";
import { type ConfigMistake, configError, type Positioner } from "./config-error.ts";
import type { Located } from "./located.ts";
import { locateNode } from "./yaml-node.ts";

/** Real configurations are a few KiB; the parser needs about a second for the worst document of this size. */
const MAX_CONFIG_BYTES = 256 * 1024;

/** The expectation shown in messages about the document as a whole. */
export interface YamlExpectation {
  /** Text after "expected" when the document is empty. */
  readonly contents: string;
  /** Where to put several documents instead. */
  readonly together: string;
}

/**
 * Reads a text with one YAML 1.2 document.
 *
 * @throws {MillraceError} invalid_config when it is not YAML, is empty, has several documents, is too large or too
 * deep, or has duplicate keys or aliases that loop or multiply
 */
export function readYaml(
  text: string,
  { file, expected }: { readonly file: string; readonly expected: YamlExpectation },
): { readonly root: Located; readonly positionOf: Positioner } {
  // The parser's own line counter misses lines inside text that it cannot read.
  const positionOf: Positioner = (offset) => {
    const before = text.slice(0, offset);
    return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
  };
  const refuse = (mistakes: readonly ConfigMistake[]) => configError(mistakes, { file, positionOf });
  const sizeBytes = Buffer.byteLength(text);
  if (sizeBytes > MAX_CONFIG_BYTES) {
    const message = `must be at most ${MAX_CONFIG_BYTES} bytes (got ${sizeBytes}), keep data in files of the project`;
    throw refuse([{ offset: 0, message }]);
  }
  const documents = parseDocuments(text, refuse);
  const mistakes = documents.flatMap((document) => {
    return [...document.errors, ...document.warnings].map(({ pos, message }) =>
      syntaxMistake(pos[0], message),
    );
  });
  if (mistakes.length > 0) {
    // Mistakes after the stack overflow are only its consequences.
    const tooDeep = mistakes.find(({ message }) => message === TOO_DEEP);
    throw refuse(tooDeep === undefined ? mistakes : [tooDeep]);
  }
  const filled = documents.filter((document) => !isEmpty(document));
  const [first, second] = filled;
  if (second !== undefined) {
    const message = `must be one YAML document (got several), ${expected.together}`;
    throw refuse([{ offset: second.contents?.range?.[0] ?? second.range[0], message }]);
  }
  if (first === undefined) {
    throw refuse([{ offset: 0, message: `is empty, expected ${expected.contents}` }]);
  }
  const { node, mistakes: nodeMistakes } = locateNode(first);
  if (nodeMistakes.length > 0) throw refuse(nodeMistakes);
  return { root: node, positionOf };
}

const TOO_DEEP = "is nested too deeply to be read as YAML";

type ParsedDocument = Document.Parsed;

function parseDocuments(
  text: string,
  refuse: (mistakes: readonly ConfigMistake[]) => Error,
): readonly ParsedDocument[] {
  try {
    // yaml-node.ts finds duplicate keys: the parser compares each key with every other, 10^10 times for 10^5 keys.
    const parsed = parseAllDocuments(text, {
      prettyErrors: false,
      uniqueKeys: false,
      logLevel: "silent",
    });
    return Array.isArray(parsed) ? (parsed as readonly ParsedDocument[]) : [];
  } catch (cause) {
    throw refuse([syntaxMistake(0, cause instanceof RangeError ? "end of the stack" : String(cause))]);
  }
}

function syntaxMistake(offset: number, reason: string): ConfigMistake {
  // The parser is recursive and may report its own stack overflow as a mistake in the text.
  if (/stack/i.test(reason)) return { offset, message: TOO_DEEP };
  return { offset, message: `is not valid YAML: ${reason.split("\n", 1)[0]?.slice(0, 200)}` };
}

function isEmpty(document: ParsedDocument): boolean {
  const { contents } = document;
  return contents === null || (isScalar(contents) && contents.source === "" && contents.value === null);
}
