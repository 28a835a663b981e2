import { useState } from "preact/hooks";
import { ScrollRegion } from "./scroll-region.tsx";

/** A command to copy into a shell. */
export function Command({ children, label }: { readonly children: string; readonly label: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(children);
    setCopied(true);
    setTimeout(() => setCopied(false), 2_000);
  };
  return (
    <div class="command">
      <ScrollRegion class="command-text" label={label}>
        <pre>{children}</pre>
      </ScrollRegion>
      {/* Browsers have a clipboard on secure pages only. */}
      {navigator.clipboard !== undefined && (
        <button type="button" class="button button-small" onClick={copy} aria-label={`Copy: ${label}`}>
          {isCopied ? "Copied" : "Copy"}
        </button>
      )}
    </div>
  );
}
