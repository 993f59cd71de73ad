// The words in the language that the core says. `ja` is complete by definition, `en` is checked against it by tsc.

import { en } from "./locales/en.js";
import { ja } from "./locales/ja.js";

/** @typedef {keyof typeof ja} Key */

/** @type {import("./types.js").Language} */
let current = "ja";

/** @param {import("./types.js").Language} language */
export function useLanguage(language) {
  current = language;
  document.documentElement.lang = language;
}

/**
 * The text of a key; `{name}` is replaced by the value of that name.
 * @param {Key} key
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function t(key, values) {
  const text = (current === "en" ? en : ja)[key];
  return values ? text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole)) : text;
}

/**
 * Time that is left: 1分08秒.
 * @param {number} seconds
 * @returns {string}
 */
export function timeLeft(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  const minutes = Math.floor(whole / 60);
  const rest = whole % 60;
  if (minutes === 0) return t("time.seconds", { s: rest });
  return t("time.minutes", { m: minutes, s: String(rest).padStart(2, "0") });
}
