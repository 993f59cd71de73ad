// A sheet over the screen, at the bottom on a phone. The dialog element keeps the focus inside and closes on Escape.

import { h } from "../dom.js";

/**
 * @param {object} options
 * @param {string} options.testid
 * @param {string} options.title
 * @param {(close: () => void) => import("../dom.js").Child[]} options.content
 * @returns {HTMLDialogElement}
 */
export function openSheet({ testid, title, content }) {
  const titleId = `${testid}-title`;
  const dialog = h("dialog", { class: "sheet", testid, "aria-labelledby": titleId });
  const close = () => dialog.close();
  dialog.append(h("h2", { id: titleId, class: "sheet__title" }, title));
  for (const child of content(close)) if (child) dialog.append(child);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) close();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
