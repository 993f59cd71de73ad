// Digits as buttons, for touch and mouse. testids: key-0 … key-9, key-erase, key-clear.

import { h } from "../dom.js";
import { icon } from "../drawings.js";
import { t } from "../i18n.js";

/**
 * @param {() => import("./digits.js").Digits} target the field that is typed into
 * @returns {HTMLElement}
 */
export function keypad(target) {
  const keys = ["1", "2", "3", "4", "5", "6", "7", "8", "9"].map((digit) => key(digit, () => target().type(digit)));
  return h(
    "div",
    { class: "keypad", role: "group", "aria-label": t("keypad.label") },
    ...keys,
    h(
      "button",
      { type: "button", class: "keypad__key keypad__key--word", testid: "key-clear", "aria-label": t("keypad.clear"), onclick: () => target().clear() },
      t("keypad.clearShort"),
    ),
    key("0", () => target().type("0")),
    h(
      "button",
      { type: "button", class: "keypad__key", testid: "key-erase", "aria-label": t("keypad.erase"), onclick: () => target().erase() },
      icon("erase"),
    ),
  );
}

/**
 * @param {string} digit
 * @param {() => void} onclick
 */
function key(digit, onclick) {
  return h("button", { type: "button", class: "keypad__key", testid: `key-${digit}`, onclick }, digit);
}
