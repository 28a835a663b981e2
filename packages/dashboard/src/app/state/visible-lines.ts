/** Lines rendered beyond the edges, so that scrolling shows no gap before the next rendering. */
const MARGIN = 20;

/** Which of `count` lines of equal height are on the screen, from `first` up to `end` (exclusive). */
export function visibleLines(
  count: number,
  view: { readonly topPx: number; readonly heightPx: number; readonly linePx: number },
): { readonly first: number; readonly end: number } {
  // The view may still be scrolled to the end of a longer list.
  const topPx = Math.min(view.topPx, Math.max(0, count * view.linePx - view.heightPx));
  const first = Math.max(0, Math.floor(topPx / view.linePx) - MARGIN);
  const end = Math.min(count, Math.ceil((topPx + view.heightPx) / view.linePx) + MARGIN);
  return { first, end };
}
