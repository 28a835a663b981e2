import { readFileSync } from "node:fs";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { slug } from "github-slugger";
import { defineConfig } from "vitepress";
import { outsideLinks } from "./outside-links.ts";
import { readSections } from "./sections.ts";

/** A folder of files that pages link to and that are no pages. */
const FILES = "monitoring";

const sections = readSections();
const icon = readFileSync(new URL("../../packages/dashboard/src/icon.svg", import.meta.url));
const iconAddress = `data:image/svg+xml;base64,${icon.toString("base64")}`;

export default defineConfig({
  title: "Millrace",
  description: "Offline batch inference: one result per input, on one machine or on AWS",
  lang: "en",
  head: [["link", { rel: "icon", type: "image/svg+xml", href: iconAddress }]],
  markdown: {
    // An anchor is the same here and on GitHub.
    anchor: { slugify: slug },
    config: (markdown) => markdown.use(outsideLinks),
  },
  themeConfig: {
    logo: { src: iconAddress, alt: "" },
    nav: sections.map(({ text, items }) => ({
      text,
      link: items[0].link,
      activeMatch: `^(${items.map(({ link }) => link).join("|")})`,
    })),
    sidebar: sections,
    outline: [2, 3],
    search: { provider: "local" },
  },
  async buildEnd({ srcDir, outDir }) {
    await cp(join(srcDir, FILES), join(outDir, FILES), { recursive: true });
  },
});
