/* What does a component need beside that where it shows where a text answers? The text with marks, and more colours. */

import { element } from "./common.js";

/** A text with `<mark part="mark">` around its highlights: `[start, end)` in code points, in order, none over another. */
export function marked(text, ranges = []) {
  const points = [...text];
  const pieces = [];
  let place = 0;
  for (const [start, end] of ranges) {
    pieces.push(points.slice(place, start).join(""));
    pieces.push(element("mark", { part: "mark" }, points.slice(start, end).join("")));
    place = end;
  }
  return [...pieces, points.slice(place).join("")].filter((piece) => piece !== "");
}

export const MARKS = `
:host {
  --background: var(--semsearch-background, light-dark(#fff, #15181c));
  --on-accent: var(--semsearch-on-accent, light-dark(#fff, #10151c));
  --mark: var(--semsearch-mark, light-dark(#fff0b3, #5c4a00));
  --mark-text: var(--semsearch-mark-text, light-dark(#1c2024, #fff6d6));
  --radius: var(--semsearch-radius, 8px);
}
mark { border-radius: 2px; background: var(--mark); color: var(--mark-text); }
`;
