// The frame of a screen: a bar on top, one column, and the actions at the bottom where thumbs are.

import { h } from "../dom.js";
import { brand, icon } from "../drawings.js";
import { t } from "../i18n.js";

/**
 * @param {object} options
 * @param {string} options.testid
 * @param {() => void} [options.onback] shows a back button
 * @param {import("../dom.js").Child} [options.aside] what stands at the right of the bar
 * @param {import("../dom.js").Child[]} options.content
 * @param {import("../dom.js").Child[]} [options.actions]
 * @param {"narrow" | "wide"} [options.width]
 * @param {boolean} [options.centred] the content stands in the middle, as for a result
 * @returns {HTMLElement}
 */
export function page({ testid, onback, aside, content, actions = [], width = "narrow", centred = false }) {
  return h(
    "div",
    { class: `page page--${width}`, testid },
    h(
      "header",
      { class: "bar" },
      onback
        ? h("button", { type: "button", class: "bar__button", testid: "back", "aria-label": t("app.back"), onclick: onback }, icon("back"))
        : null,
      brand(),
      h("div", { class: "bar__aside" }, aside),
    ),
    h("main", { class: centred ? "content content--centred" : "content" }, ...content),
    actions.length > 0 ? h("div", { class: "actions" }, ...actions) : null,
  );
}

/**
 * The heading of a screen; the router moves the focus to it.
 * @param {...import("../dom.js").Child} children
 */
export function heading(...children) {
  return h("h1", { tabindex: "-1", testid: "heading" }, ...children);
}

/**
 * A button that shows that it works and cannot be pressed twice.
 * @param {HTMLButtonElement} button
 * @param {string} busyText
 * @param {() => Promise<void>} work
 */
export async function busy(button, busyText, work) {
  if (button.getAttribute("aria-busy") === "true") return;
  const text = button.textContent;
  button.setAttribute("aria-busy", "true");
  button.disabled = true;
  const slow = setTimeout(() => (button.textContent = busyText), 300);
  try {
    await work();
  } finally {
    clearTimeout(slow);
    button.removeAttribute("aria-busy");
    button.disabled = false;
    button.textContent = text;
  }
}
