import { clientException } from "./service-error.ts";
import { isMembers, type Members, optionalInteger, optionalText } from "./wire.ts";

export interface Placed<T> {
  readonly item: T;
  /** Increases along the list, and stays the same for an item while others are added or removed between two pages. */
  readonly position: number;
}

export interface PageRequest {
  readonly request: Members;
  /** Maximum page size. */
  readonly most: number;
  readonly emptyPages: boolean;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextToken: string | undefined;
}

interface Token {
  readonly after: number | null;
  /** The empty page has been sent; the next one has content. */
  readonly isFull: boolean;
}

/** Reads `maxResults` and `nextToken` of a request and answers with that page. */
export function readPage<T>(
  placed: readonly Placed<T>[],
  { request, most, emptyPages }: PageRequest,
): Page<T> {
  const asked = optionalInteger(request, "maxResults", { min: 1, max: Number.MAX_SAFE_INTEGER }) ?? most;
  const text = optionalText(request, "nextToken");
  const { after, isFull } = text === undefined ? { after: null, isFull: false } : decode(text);
  if (emptyPages && !isFull) return { items: [], nextToken: encode({ after, isFull: true }) };
  const rest = after === null ? placed : placed.filter(({ position }) => position > after);
  const shown = rest.slice(0, Math.min(asked, most));
  const last = shown.at(-1);
  const hasMore = last !== undefined && shown.length < rest.length;
  return {
    items: shown.map(({ item }) => item),
    nextToken: hasMore ? encode({ after: last.position, isFull: false }) : undefined,
  };
}

function encode(token: Token): string {
  return Buffer.from(JSON.stringify(token)).toString("base64url");
}

function decode(text: string): Token {
  try {
    const token: unknown = JSON.parse(Buffer.from(text, "base64url").toString());
    if (isMembers(token) && (token.after === null || typeof token.after === "number")) {
      return { after: token.after, isFull: token.isFull === true };
    }
  } catch {
    // Not one of our tokens: rejected below.
  }
  throw clientException("nextToken is invalid");
}
