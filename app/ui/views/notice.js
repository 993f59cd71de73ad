// One notice: what happened, when and where, and what to do if it was somebody else.
// testids: view-notice (data-urgent), heading, notice-text, row, notice-advice, notice-close, back.

import { notice as load } from "../bridge.js";
import { fill, h } from "../dom.js";
import { t } from "../i18n.js";
import { facts } from "../parts/facts.js";
import { heading, page } from "../parts/page.js";

/**
 * @param {import("../types.js").Context} context
 * @param {string} service its handle
 * @param {string} handle
 * @returns {import("../types.js").Mounted}
 */
export function notice({ go }, service, handle) {
  const root = h("div", { class: "view" });
  const back = () => go({ name: "notices", service });
  let left = false;

  /** @param {import("../types.js").NoticeView} shown */
  function draw({ screen, service: firm }) {
    const frame = page({
      testid: "view-notice",
      onback: back,
      aside: h("span", { class: "muted small" }, firm),
      content: [
        h("div", null, heading(screen.heading), h("p", { class: "lead", testid: "notice-text" }, screen.text)),
        h("section", { class: "card" }, facts(screen.rows.map((row) => ({ ...row, testid: "row" })))),
        h("p", { class: screen.urgent ? "notice notice--attention" : "notice", testid: "notice-advice" }, screen.advice),
      ],
      actions: [h("button", { type: "button", class: "button button--wide", testid: "notice-close", onclick: back }, t("notices.back"))],
    });
    frame.dataset["urgent"] = String(screen.urgent);
    fill(root, frame);
    frame.querySelector("h1")?.focus();
  }

  load(service, handle).then(
    (shown) => {
      if (!left) draw(shown);
    },
    () => back(),
  );
  return { root, leave: () => (left = true) };
}
