import { readFileSync } from "node:fs";

interface Item {
  readonly text: string;
  readonly link: string;
}

/** A group of the sidebar; VitePress wants to own its lists. */
export interface Section {
  readonly text: string;
  readonly items: [Item, ...Item[]];
}

const INDEX = new URL("../index.md", import.meta.url);

/** The sections of the index, each a heading and a list of pages: sidebar and navigation are made from them. */
export function readSections(): Section[] {
  const [, ...sections] = readFileSync(INDEX, "utf8").split(/^## /m);
  return sections.map((section) => {
    const text = section.slice(0, section.indexOf("\n"));
    const pages = [...section.matchAll(/^- \[([^\]]+)\]\((?!\.\.\/)([^)]+)\.md\)/gm)];
    const [first, ...others] = pages.map(([, title = "", path = ""]): Item => {
      return { text: title, link: `/${path}` };
    });
    if (first === undefined)
      throw new Error(`Cannot make the sidebar: "${text}" of docs/index.md lists no page`);
    return { text, items: [first, ...others] };
  });
}
