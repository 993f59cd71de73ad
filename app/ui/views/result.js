// The end of something: what happened, what it means, what to do next.
// testids: view-result (data-kind), heading, result-message, result-withdrawal, result-reset, result-close.

import { h } from "../dom.js";
import { halves } from "../drawings.js";
import { t } from "../i18n.js";
import { heading, page } from "../parts/page.js";
import { sentences } from "./withdrawal-parts.js";

/**
 * @param {import("../types.js").Context} context
 * @param {import("../types.js").Result} result
 * @returns {import("../types.js").Mounted}
 */
export function resultView({ go }, result) {
  const matched = result.kind === "approved" || result.kind === "enrolled";
  const link = result.withdrawal;
  const service = result.reset;
  const root = page({
    testid: "view-result",
    centred: true,
    content: [
      h("div", { class: matched ? "hero" : "hero hero--muted" }, halves(matched ? "joining" : "apart")),
      heading(result.heading),
      h("p", { class: "lead result__message", testid: "result-message" }, ...(link || result.message.includes("\n") ? sentences(result.message) : [result.message])),
      matched ? h("p", null, h("span", { class: "badge badge--done" }, t("result.matched"))) : null,
      result.service ? h("p", { class: "muted small" }, result.service) : null,
      result.code ? h("p", { class: "muted result__code" }, t("app.errorNumber", { code: result.code })) : null,
    ],
    actions: [
      h(
        "button",
        { type: "button", class: "button button--primary button--wide button--decision", testid: "result-close", onclick: () => go({ name: "home" }) },
        t("app.close"),
      ),
      service ? h("button", { type: "button", class: "button button--wide button--decision", testid: "result-reset", onclick: () => go({ name: "reset", service }) }, t("settings.reset")) : null,
      link ? h("button", { type: "button", class: "button button--quiet button--wide", testid: "result-withdrawal", onclick: () => go({ name: "withdrawal", ...at(link) }) }, t("result.withdrawal")) : null,
    ].filter((it) => it !== null),
  });
  root.dataset["kind"] = result.kind;
  return { root };
}

/** @param {import("../types.js").WithdrawalLink} link */
function at({ service, handle }) {
  return { service, handle };
}
