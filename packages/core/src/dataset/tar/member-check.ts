import { Buffer } from "node:buffer";
import { joinBytes } from "../byte-chunks.ts";
import { byteOrderMarkBytes } from "../byte-order-mark.ts";
import { isJsonSpace, JsonScanner, NotJsonError } from "../json-scanner.ts";
import { LineCounter } from "../line-counter.ts";
import { notUtf8Reason } from "../text.ts";
import { Utf8Check } from "../utf8-check.ts";
import { integerText, type MemberKind } from "./sample-members.ts";

/** As many digits as Python converts. */
const MAX_INTEGER_BYTES = 4_300;

/** A member's bytes are not what its name says. */
export class BadMemberError extends Error {
  override readonly name = "BadMemberError";
  /** 1-based line of the member; absent where lines mean nothing. */
  readonly line: number | undefined;
  readonly excerpt: Uint8Array | undefined;

  constructor(reason: string, place: { readonly line?: number; readonly excerpt?: Uint8Array } = {}) {
    super(reason);
    this.line = place.line;
    this.excerpt = place.excerpt;
  }
}

/** Checks the bytes of one member as they arrive. */
export interface MemberCheck {
  /** @throws {BadMemberError} */
  push(bytes: Buffer): void;
  /** @throws {BadMemberError} */
  end(): void;
}

/** The check of a kind of members; undefined where any bytes will do. */
export function memberCheck(kind: MemberKind): MemberCheck | undefined {
  if (kind === "text") return new TextCheck();
  if (kind === "json") return new JsonCheck();
  return kind === "integer" ? new IntegerCheck() : undefined;
}

class TextCheck implements MemberCheck {
  readonly #utf8 = new Utf8Check();
  readonly #lines = new LineCounter(1);

  get lines(): LineCounter {
    return this.#lines;
  }

  push(bytes: Buffer): void {
    this.#lines.begin(bytes);
    const invalidAt = this.#utf8.push(bytes);
    if (invalidAt === undefined) return;
    const at = Math.max(0, invalidAt);
    throw new BadMemberError(notUtf8Reason(bytes, at), { line: this.#lines.lineAt(at) });
  }

  end(): void {
    if (this.#utf8.end()) return;
    throw new BadMemberError("bytes that are not UTF-8: it ends inside a character");
  }
}

/** Exactly one JSON value. */
class JsonCheck implements MemberCheck {
  readonly #text = new TextCheck();
  readonly #scanner = new JsonScanner();
  #isDone = false;
  #isBegun = false;

  push(bytes: Buffer): void {
    this.#text.push(bytes);
    let at = this.#isBegun ? 0 : byteOrderMarkBytes(bytes);
    this.#isBegun = true;
    try {
      for (; at < bytes.length; at += 1) {
        if (isJsonSpace(bytes[at]) && !this.#scanner.isInside) continue;
        if (this.#isDone) throw new NotJsonError("a second value, expected a single JSON value", at);
        const end = this.#scanner.scan(bytes, at);
        if (end < 0) break;
        this.#isDone = true;
        at = end - 1;
      }
    } catch (error) {
      throw this.#explained(error, bytes);
    }
    this.#text.lines.lineAt(bytes.length);
  }

  end(): void {
    this.#text.end();
    try {
      if (this.#isDone || (this.#scanner.isInside && this.#scanner.finish(0))) return;
    } catch (error) {
      throw this.#explained(error, Buffer.alloc(0));
    }
    throw new BadMemberError("it ends before its JSON value does", { line: this.#text.lines.line });
  }

  #explained(error: unknown, bytes: Buffer): unknown {
    if (!(error instanceof NotJsonError)) return error;
    const { position, message } = error;
    return new BadMemberError(message, {
      line: this.#text.lines.lineAt(position),
      excerpt: bytes.subarray(position),
    });
  }
}

class IntegerCheck implements MemberCheck {
  #pieces: Buffer[] = [];
  #bytes = 0;

  push(bytes: Buffer): void {
    this.#bytes += bytes.length;
    if (this.#bytes > MAX_INTEGER_BYTES) throw this.#fail(bytes);
    this.#pieces.push(bytes);
  }

  end(): void {
    const bytes = joinBytes(this.#pieces);
    if (integerText(bytes) === undefined) throw this.#fail(bytes);
  }

  #fail(excerpt: Buffer): BadMemberError {
    return new BadMemberError("it is not an integer, as its name says it is", { excerpt });
  }
}
