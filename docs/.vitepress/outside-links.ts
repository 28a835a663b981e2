import { posix } from "node:path";

interface Token {
  readonly type: string;
  tag: string;
  attrs: [string, string][] | null;
  attrGet(name: string): string | null;
  attrSet(name: string, value: string): void;
}

interface Markdown {
  readonly core: {
    readonly ruler: {
      push(
        name: string,
        rule: (state: {
          readonly tokens: readonly (Token & { readonly children: readonly Token[] | null })[];
          readonly env: { readonly relativePath?: string };
        }) => void,
      ): void;
    };
  };
}

/**
 * Links to files of the repository that are no pages, such as an example's folder, lead nowhere on the site: they
 * become text, with the place in the repository as their tooltip.
 */
export function outsideLinks(markdown: Markdown): void {
  markdown.core.ruler.push("outside_links", ({ tokens, env }) => {
    for (const { children } of tokens) {
      let outside: string | undefined;
      for (const token of children ?? []) {
        if (token.type === "link_open")
          outside = pathOutside(token.attrGet("href") ?? "", env.relativePath ?? "");
        if (outside === undefined || !/^link_(open|close)$/.test(token.type)) continue;
        token.tag = "span";
        if (token.type === "link_open") {
          token.attrs = [
            ["title", `in the repository: ${outside}`],
            ["class", "outside"],
          ];
        } else outside = undefined;
      }
    }
  });
}

/** The path in the repository of a link that leaves `docs`. */
function pathOutside(href: string, page: string): string | undefined {
  if (/^(?:[a-z]+:|#|\/)/i.test(href)) return undefined;
  const path = posix.join("docs", posix.dirname(page), href);
  return path.startsWith("docs/") ? undefined : path.replace(/#.*/, "");
}
