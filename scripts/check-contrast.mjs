// Checks that every text colour of app/ui/style/tokens.css has at least 4.5:1 on the surfaces it is used on, and that
// field borders and the focus ring have 3:1, in both themes.

import { readFileSync } from "node:fs";

const css = readFileSync(new URL("../app/ui/style/tokens.css", import.meta.url), "utf8");
const [light = "", dark = ""] = css.split("@media (prefers-color-scheme: dark)");
const read = (text) => Object.fromEntries([...text.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map(([, name, value]) => [name, value]));
const themes = { light: read(light), dark: { ...read(light), ...read(dark.split("@media")[0]) } };

const SURFACES = ["ground", "card", "sunken"];
const PAIRS = [
  ...["ink", "muted", "indigo", "indigo-link"].flatMap((text) => SURFACES.map((on) => [text, on, 4.5])),
  ...["vermilion", "green", "amber"].flatMap((text) => ["ground", "card", `${text}-tint`].map((on) => [text, on, 4.5])),
  ["indigo", "indigo-tint", 4.5],
  ["on-indigo", "indigo", 4.5],
  ["on-indigo", "indigo-strong", 4.5],
  ["on-vermilion", "vermilion", 4.5],
  ...SURFACES.map((on) => ["edge", on, 3]),
  ...SURFACES.map((on) => ["indigo-link", on, 3]),
];

const luminance = (hex) => {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (a, b) => {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
};

let bad = 0;
for (const [theme, colours] of Object.entries(themes)) {
  for (const [text, on, least] of PAIRS) {
    const ratio = contrast(colours[text], colours[on]);
    if (ratio >= least) continue;
    bad += 1;
    console.error(`${theme}: ${text} on ${on} is ${ratio.toFixed(2)}:1, needs ${least}:1`);
  }
}
console.log(bad === 0 ? "all colour pairs have enough contrast" : `${bad} pairs fail`);
process.exit(bad === 0 ? 0 : 1);
