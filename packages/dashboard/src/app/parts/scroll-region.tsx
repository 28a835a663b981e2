import type { ComponentChildren } from "preact";

/**
 * A named part that scrolls by itself and can be focused with the keyboard, which not every browser does by default.
 */
export function ScrollRegion(props: {
  readonly label: string;
  readonly class: string;
  readonly children: ComponentChildren;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard
    <section class={props.class} aria-label={props.label} tabIndex={0}>
      {props.children}
    </section>
  );
}

/** Preformatted text. */
export function CodeBlock(props: { readonly label: string; readonly children: string }) {
  return (
    <ScrollRegion class="code" label={props.label}>
      <pre>{props.children}</pre>
    </ScrollRegion>
  );
}
