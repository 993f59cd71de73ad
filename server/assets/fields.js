// Small help in forms: show the password, tidy a pasted code, send only once, copy a link, print.
// @ts-check

import "./clock.js";
import "./keyboard.js";

/** @param {HTMLButtonElement} button */
function reveal(button) {
  const input = document.getElementById(button.dataset.reveal ?? "");
  if (!(input instanceof HTMLInputElement)) return;
  /** @param {boolean} shown */
  const show = (shown) => {
    const [from, to] = [input.selectionStart, input.selectionEnd];
    input.type = shown ? "text" : "password";
    if (from !== null) input.setSelectionRange(from, to);
    button.setAttribute("aria-pressed", String(shown));
    button.textContent = (shown ? button.dataset.hide : button.dataset.show) ?? "";
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    show(input.type === "password");
    input.focus();
  });
  // Never sent, and never offered to be remembered, as plain text.
  input.form?.addEventListener("submit", () => show(false));
}

/**
 * Keeps digits only, also when they were pasted with spaces or typed full-width. Nothing is sent by itself.
 * @param {HTMLInputElement} input
 */
function tidyDigits(input) {
  const length = Number(input.dataset.digits);
  const tidy = () => {
    const digits = input.value.normalize("NFKC").replace(/\D/g, "").slice(0, length);
    if (digits !== input.value) input.value = digits;
  };
  input.addEventListener("compositionend", tidy);
  input.addEventListener("input", (event) => {
    if (!(event instanceof InputEvent && event.isComposing)) tidy();
  });
}

/** @param {HTMLFormElement} form */
function sendOnce(form) {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
    form.setAttribute("aria-busy", "true");
  });
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    sent = false;
    form.removeAttribute("aria-busy");
  });
}

/** @param {HTMLButtonElement} button */
function copy(button) {
  const source = document.getElementById(button.dataset.copy ?? "");
  if (!source || !navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source.textContent ?? "");
      button.textContent = button.dataset.done ?? "";
    } catch {
      getSelection()?.selectAllChildren(source);
    }
  });
}

/** @param {HTMLButtonElement} button */
function offerToPrint(button) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

document.querySelectorAll("button[data-print]").forEach((b) => offerToPrint(/** @type {HTMLButtonElement} */ (b)));
document.querySelectorAll("button[data-copy]").forEach((b) => copy(/** @type {HTMLButtonElement} */ (b)));
document.querySelectorAll("button[data-reveal]").forEach((b) => reveal(/** @type {HTMLButtonElement} */ (b)));
document.querySelectorAll("input[data-digits]").forEach((i) => tidyDigits(/** @type {HTMLInputElement} */ (i)));
document.querySelectorAll("form[data-once]").forEach((f) => sendOnce(/** @type {HTMLFormElement} */ (f)));
