// A labelled text field with its hint and its error.

import { h } from "../dom.js";

/**
 * @typedef {object} TextField
 * @property {HTMLElement} root
 * @property {HTMLInputElement | HTMLTextAreaElement} input
 * @property {string} label
 * @property {() => string} value trimmed
 * @property {(message: string) => boolean} require false, with the message shown, when it is empty
 */

/**
 * @param {object} options
 * @param {string} options.testid the field; its error is `<testid>-error`
 * @param {string} options.label
 * @param {string} [options.hint]
 * @param {string} [options.value]
 * @param {string} [options.inputmode]
 * @param {number} [options.lines] more than one makes it a text area
 * @param {number} [options.maxlength]
 * @param {boolean} [options.code] letters and digits that are compared one by one
 * @returns {TextField}
 */
export function textField({ testid, label, hint, value = "", inputmode, lines = 1, maxlength = 600, code = false }) {
  const id = `field-${testid}`;
  const attributes = {
    id,
    testid,
    class: code ? "field__input field__input--code" : "field__input",
    inputmode,
    maxlength,
    autocomplete: "off",
    autocapitalize: "off",
    autocorrect: "off",
    spellcheck: "false",
    "aria-describedby": `${id}-hint ${id}-error`,
  };
  const input = lines > 1 ? h("textarea", { ...attributes, rows: lines }) : h("input", { ...attributes, type: "text" });
  input.value = value;
  const error = h("p", { id: `${id}-error`, class: "field__error", testid: `${testid}-error`, role: "alert" });
  error.hidden = true;
  /** @param {string | null} message */
  const show = (message) => {
    error.textContent = message ?? "";
    error.hidden = !message;
    if (message) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  };
  input.addEventListener("input", () => show(null));
  return {
    root: h(
      "div",
      { class: "field" },
      h("label", { class: "field__label", for: id }, label),
      hint ? h("p", { id: `${id}-hint`, class: "field__hint" }, hint) : null,
      input,
      error,
    ),
    input,
    label,
    value: () => input.value.trim(),
    require: (message) => {
      const ok = input.value.trim() !== "";
      show(ok ? null : message);
      return ok;
    },
  };
}
