// What was answered on this device at one service, newest first; kept here alone (APP-10).
// testids: view-answers (data-state: list | empty), answer-card (data-approved), answers-empty, problem, back.

import { answers as load, asError } from "../bridge.js";
import { fill, h } from "../dom.js";
import { halves } from "../drawings.js";
import { t } from "../i18n.js";
import { heading, page } from "../parts/page.js";
import { problem } from "../parts/problem.js";

/**
 * @param {import("../types.js").Context} context
 * @param {string} service its handle
 * @returns {import("../types.js").Mounted}
 */
export function answers({ go }, service) {
  const trouble = problem();
  const firm = h("p", { class: "lead" });
  const body = h("section", { class: "stack" });
  const root = page({
    testid: "view-answers",
    width: "wide",
    onback: () => go({ name: "settings" }),
    content: [h("div", null, heading(t("answers.heading")), firm), trouble.root, body, h("p", { class: "muted small" }, t("answers.lead"))],
  });
  let left = false;
  load(service).then(
    (list) => {
      if (left) return;
      firm.textContent = list.service;
      root.dataset["state"] = list.answers.length > 0 ? "list" : "empty";
      fill(body, list.answers.length > 0 ? h("ul", { class: "card entries" }, ...list.answers.map(entry)) : empty());
    },
    (thrown) => {
      if (!left) trouble.show(asError(thrown));
    },
  );
  return { root, leave: () => (left = true) };
}

function empty() {
  return h(
    "div",
    { class: "empty", testid: "answers-empty" },
    halves("apart"),
    h("div", null, h("p", { class: "empty__what" }, t("answers.none")), h("p", { class: "muted" }, t("answers.noneLead"))),
  );
}

/** @param {import("../types.js").AnswerCard} card */
function entry(card) {
  return h(
    "li",
    { class: "entry entry--plain", testid: "answer-card", "data-approved": String(card.approved) },
    h("span", { class: "entry__what--unread" }, card.what),
    h("span", { class: card.approved ? "badge badge--done" : "badge badge--attention" }, card.answer),
    h("span", { class: "muted small" }, card.at),
  );
}
