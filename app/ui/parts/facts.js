// Labels and values in a fixed order.

import { h } from "../dom.js";

/**
 * @param {(import("../types.js").Row & { testid?: string, strong?: boolean, small?: boolean })[]} rows
 * @returns {HTMLElement}
 */
export function facts(rows) {
  return h(
    "dl",
    { class: "facts" },
    ...rows.map((row) =>
      h(
        "div",
        { testid: row.testid },
        h("dt", null, row.label),
        h(
          "dd",
          { class: row.strong ? "facts__strong" : row.small ? "facts__small" : null },
          row.value,
          row.note
            ? h("span", { class: row.note.tone === "attention" ? "facts__note facts__note--attention" : "facts__note" }, row.note.text)
            : null,
        ),
      ),
    ),
  );
}
