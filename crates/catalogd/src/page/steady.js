// Keeping the place of somebody who reads: what is looked at stays where it is on the
// screen when something above it comes, goes or grows.

/** Does `change`, and moves each of `parts` that is scrolled by as much as what is looked at in it moved. */
export function steady(parts, change) {
  const anchors = parts.map(anchorIn).filter((anchor) => anchor !== null);
  change();
  for (const { scroller, node, top } of anchors) {
    if (!node.isConnected) continue;
    const moved = node.getBoundingClientRect().top - top;
    if (Math.abs(moved) >= 1) scroller.scrollTop += moved;
  }
}

/** What is looked at: whatever has the focus and can be seen, or else the uppermost. */
function anchorIn(part) {
  const scrolls = getComputedStyle(part).overflowY !== "visible";
  const scroller = scrolls ? part : document.scrollingElement;
  if (part.getClientRects().length === 0) return null;
  const frame = scrolls ? part.getBoundingClientRect() : new DOMRect(0, 0, innerWidth, innerHeight);
  const focused = part.contains(document.activeElement) && document.activeElement !== part ? document.activeElement : null;
  const place = focused?.getBoundingClientRect();
  if (place && place.bottom > frame.top && place.top < frame.bottom) return { scroller, node: focused, top: place.top };
  // At its beginning one sees what is new.
  if (scroller.scrollTop < 1) return null;
  const upper = document.elementFromPoint(part.getBoundingClientRect().left + 40, Math.max(frame.top, 0) + 60);
  const node = part.contains(upper) ? upper?.closest("li, section, h1, p") : null;
  return node && node !== part && part.contains(node) ? { scroller, node, top: node.getBoundingClientRect().top } : null;
}
