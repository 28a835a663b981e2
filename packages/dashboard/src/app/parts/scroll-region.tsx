import type { ComponentChildren } from "preact";

/** A part that scrolls by itself, with a name, and in the reach of the keyboard: not every browser focuses it unasked. */
export function ScrollRegion(props: {
  readonly label: string;
  readonly class: string;
  readonly children: ComponentChildren;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be in the reach of the keyboard
    <section class={props.class} aria-label={props.label} tabIndex={0}>
      {props.children}
    </section>
  );
}

/** Text as it is. */
export function CodeBlock(props: { readonly label: string; readonly children: string }) {
  return (
    <ScrollRegion class="code" label={props.label}>
      <pre>{props.children}</pre>
    </ScrollRegion>
  );
}
