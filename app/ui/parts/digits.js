// Six digits in boxes, three and three. Underneath lies one real text field, so that paste, full-width digits,
// screen readers and password tools work as in any field; the boxes only draw what it holds.

import { h } from "../dom.js";

const LENGTH = 6;

/**
 * @typedef {object} Digits
 * @property {HTMLElement} root
 * @property {HTMLInputElement} input
 * @property {() => string} value
 * @property {() => void} clear
 * @property {(digit: string) => void} type
 * @property {() => void} erase
 * @property {(message: string | null) => void} showError
 * @property {() => void} focus
 */

/**
 * @param {object} options
 * @param {string} options.label
 * @param {string} options.testid the field is `<testid>`, its error `<testid>-error`
 * @param {boolean} [options.masked] draw dots, as for a PIN
 * @param {string} [options.hint]
 * @param {(value: string) => void} [options.onchange]
 * @param {() => void} [options.onenter]
 * @returns {Digits}
 */
export function digits({ label, testid, masked = false, hint, onchange, onenter }) {
  const id = `field-${testid}`;
  const boxes = Array.from({ length: LENGTH }, () => h("span", { class: "digits-field__box" }));
  const input = h("input", {
    id,
    testid,
    class: "digits-field__input",
    type: masked ? "password" : "text",
    inputmode: "numeric",
    autocomplete: "off",
    autocorrect: "off",
    spellcheck: "false",
    "aria-describedby": `${id}-hint ${id}-error`,
  });
  const error = h("p", { id: `${id}-error`, class: "field__error", testid: `${testid}-error`, role: "alert" });
  error.hidden = true;

  const draw = () => {
    boxes.forEach((box, index) => {
      const digit = input.value[index];
      box.textContent = digit === undefined ? "" : masked ? "●" : digit;
      box.classList.toggle("digits-field__box--next", index === Math.min(input.value.length, LENGTH - 1));
    });
  };
  /** @param {string} text */
  const accept = (text) => {
    input.value = onlyDigits(text).slice(0, LENGTH);
    input.setSelectionRange(input.value.length, input.value.length);
    showError(null);
    draw();
    onchange?.(input.value);
  };
  /** @param {string | null} message */
  const showError = (message) => {
    error.textContent = message ?? "";
    error.hidden = !message;
    if (message) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  };

  let composing = false;
  input.addEventListener("compositionstart", () => (composing = true));
  input.addEventListener("compositionend", () => {
    composing = false;
    accept(input.value);
  });
  input.addEventListener("input", () => {
    if (!composing) accept(input.value);
  });
  // The caret stays behind the last digit: the boxes have no other place to show it.
  for (const event of ["focus", "click", "keyup"]) {
    input.addEventListener(event, () => input.setSelectionRange(input.value.length, input.value.length));
  }
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      onenter?.();
    }
  });
  draw();

  const root = h(
    "div",
    { class: "field digits-field" },
    h("label", { class: "field__label digits-field__label", for: id }, label),
    h(
      "div",
      { class: "digits-field__frame" },
      h("div", { class: "digits-field__boxes", "aria-hidden": "true" }, ...boxes),
      input,
    ),
    h("p", { id: `${id}-hint`, class: "field__hint digits-field__hint", hidden: !hint }, hint),
    error,
  );
  return {
    root,
    input,
    value: () => input.value,
    clear: () => accept(""),
    type: (digit) => accept(input.value + digit),
    erase: () => accept(input.value.slice(0, -1)),
    showError,
    focus: () => input.focus(),
  };
}

/**
 * Full-width digits count, anything else (spaces, hyphens) is dropped.
 * @param {string} text
 */
function onlyDigits(text) {
  return text.normalize("NFKC").replace(/[^0-9]/g, "");
}
