// The two halves of the mark, and the icons (Lucide 0.460, ISC licence), as inline SVG that follows the theme.

import { drawing, h } from "./dom.js";

// The same outlines as img/mark-joined.svg and img/mark-apart.svg; kept here because an image cannot follow the theme.
const JOINED = [
  "M14 0L35.2 0L35.2 8.3L42.9 16L26.9 32L35.2 40.3L35.2 48L14 48A2 2 0 0 1 12 46L12 2A2 2 0 0 1 14 0Z",
  "M58 48L36.8 48L36.8 39.7L29.1 32L45.1 16L36.8 7.7L36.8 0L58 0A2 2 0 0 1 60 2L60 46A2 2 0 0 1 58 48Z",
];

/**
 * The mark as a picture. Apart while something is waited for, joined when both halves matched.
 * @param {"apart" | "joined" | "joining"} state
 * @returns {SVGSVGElement}
 */
export function halves(state) {
  return drawing("0 -2 72 52", `halves halves--${state}`, [
    { attributes: { d: JOINED[0] ?? "", class: "mark__ours" } },
    { attributes: { d: JOINED[1] ?? "", class: "mark__theirs" } },
  ]);
}

/** The mark and the name, for the top of a screen. */
export function brand() {
  return h("p", { class: "brand" }, drawing("12 0 48 48", "brand__mark", [
    { attributes: { d: JOINED[0] ?? "", class: "mark__ours" } },
    { attributes: { d: JOINED[1] ?? "", class: "mark__theirs" } },
  ]), h("span", null, "Warifu"));
}

/** @type {Record<"back" | "settings" | "plus" | "erase" | "refresh" | "next", string[]>} */
const ICONS = {
  back: ["m12 19-7-7 7-7", "M19 12H5"],
  plus: ["M5 12h14", "M12 5v14"],
  next: ["m9 18 6-6-6-6"],
  erase: [
    "M10 5a2 2 0 0 0-1.344.519l-6.328 5.74a1 1 0 0 0 0 1.481l6.328 5.741A2 2 0 0 0 10 19h10a2 2 0 0 0 2-2V7a2 2 0 0 0-2-2z",
    "m12 9 6 6",
    "m18 9-6 6",
  ],
  refresh: [
    "M3 12a9 9 0 0 1 9-9 9.75 9.75 0 0 1 6.74 2.74L21 8",
    "M21 3v5h-5",
    "M21 12a9 9 0 0 1-9 9 9.75 9.75 0 0 1-6.74-2.74L3 16",
    "M8 16H3v5",
  ],
  settings: [
    "M12.22 2h-.44a2 2 0 0 0-2 2v.18a2 2 0 0 1-1 1.73l-.43.25a2 2 0 0 1-2 0l-.15-.08a2 2 0 0 0-2.73.73l-.22.38a2 2 0 0 0 .73 2.73l.15.1a2 2 0 0 1 1 1.72v.51a2 2 0 0 1-1 1.74l-.15.09a2 2 0 0 0-.73 2.73l.22.38a2 2 0 0 0 2.73.73l.15-.08a2 2 0 0 1 2 0l.43.25a2 2 0 0 1 1 1.73V20a2 2 0 0 0 2 2h.44a2 2 0 0 0 2-2v-.18a2 2 0 0 1 1-1.73l.43-.25a2 2 0 0 1 2 0l.15.08a2 2 0 0 0 2.73-.73l.22-.39a2 2 0 0 0-.73-2.73l-.15-.08a2 2 0 0 1-1-1.74v-.5a2 2 0 0 1 1-1.74l.15-.09a2 2 0 0 0 .73-2.73l-.22-.38a2 2 0 0 0-2.73-.73l-.15.08a2 2 0 0 1-2 0l-.43-.25a2 2 0 0 1-1-1.73V4a2 2 0 0 0-2-2z",
    "M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
  ],
};

/**
 * @param {keyof typeof ICONS} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
  return drawing("0 0 24 24", "icon", ICONS[name].map((d) => ({ attributes: { d } })));
}
