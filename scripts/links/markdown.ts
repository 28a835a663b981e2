import GithubSlugger from "github-slugger";

/** A link or image on a page. */
export interface Link {
  readonly line: number;
  readonly target: string;
}

/** What the check needs from one Markdown file. */
export interface Page {
  readonly links: readonly Link[];
  /** Anchors of its headings, as GitHub generates them. */
  readonly anchors: ReadonlySet<string>;
}

const INLINE = /\]\(\s*<?([^\s<>()]*(?:\([^\s()]*\)[^\s<>()]*)*)>?(?:\s+(?:"[^"]*"|'[^']*'))?\s*\)/g;
const DEFINITION = /^ {0,3}\[[^\]]+\]:\s*<?([^\s<>]+)>?/g;
const HTML = /<(?:a|img|source)\b[^>]*?\b(?:href|src|srcset)="([^"]*)"/g;
const AUTOMATIC = /<((?:https?|mailto):[^\s<>]+)>/g;
const HEADING = /^ {0,3}(#{1,6})[ \t]+(.+?)[ \t]*#*$/;
const ID = /<[a-z]+\b[^>]*?\b(?:id|name)="([^"]+)"/g;
const FENCE = /^\s*(`{3,}|~{3,})/;

/** Finds the links and anchors in Markdown; ignores code. */
export function readMarkdown(text: string): Page {
  const links: Link[] = [];
  const anchors = new Set<string>();
  const slugger = new GithubSlugger();
  for (const { line, source } of linesOutsideCode(text)) {
    const heading = HEADING.exec(source)?.[2];
    if (heading !== undefined) anchors.add(slugger.slug(headingText(heading)));
    for (const [, id = ""] of source.matchAll(ID)) anchors.add(id);
    const plain = source.replace(/(`+)[^`].*?\1/g, "");
    for (const pattern of [INLINE, DEFINITION, HTML, AUTOMATIC]) {
      for (const [, target = ""] of plain.matchAll(pattern)) links.push({ line, target });
    }
  }
  return { links, anchors };
}

/** Lines outside fenced blocks and comments, numbered from 1. */
function* linesOutsideCode(text: string): Generator<{ readonly line: number; readonly source: string }> {
  let fence: string | undefined;
  const lines = text.replace(/<!--[\s\S]*?-->/g, (comment) => comment.replace(/[^\n]/g, "")).split("\n");
  for (const [i, source] of lines.entries()) {
    const mark = FENCE.exec(source)?.[1];
    if (fence === undefined && mark === undefined) yield { line: i + 1, source };
    else if (fence === undefined) fence = mark;
    else if (mark?.startsWith(fence) && source.trim() === mark) fence = undefined;
  }
}

/** A heading's visible text: without the markup for code, emphasis and links. */
function headingText(source: string): string {
  return source
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/<[^>]+>/g, "")
    .replace(/[`*]/g, "");
}
