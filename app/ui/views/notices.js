// What happened to one service's account, newest first.
// testids: view-notices (data-state: list | empty), notice-card (data-handle, data-unread), notices-empty, refresh, problem, back.

import { asError, notices as load, refresh } from "../bridge.js";
import { fill, h } from "../dom.js";
import { halves, icon } from "../drawings.js";
import { t } from "../i18n.js";
import { busy, heading, page } from "../parts/page.js";
import { problem } from "../parts/problem.js";

/**
 * @param {import("../types.js").Context} context
 * @param {string} service its handle
 * @returns {import("../types.js").Mounted}
 */
export function notices({ go, announce }, service) {
  const trouble = problem();
  const firm = h("p", { class: "lead" });
  const body = h("section", { class: "stack" });
  const again = h("button", { type: "button", class: "button button--wide", testid: "refresh" }, t("notices.refresh"));
  again.addEventListener("click", () =>
    void busy(again, t("app.working"), async () => {
      try {
        await refresh();
        trouble.show(null);
        announce(t("home.refreshed"));
      } catch (thrown) {
        trouble.show(asError(thrown));
      }
      await show();
    }),
  );
  const root = page({
    testid: "view-notices",
    width: "wide",
    onback: () => go({ name: "home" }),
    content: [h("div", null, heading(t("notices.heading")), firm), trouble.root, body, again],
  });
  let left = false;
  /** What is on the screen: it is only redrawn when that changed, so that the focus stays. */
  let shown = "";

  async function show() {
    try {
      const list = await load(service);
      const told = JSON.stringify(list);
      if (left || told === shown) return;
      shown = told;
      firm.textContent = list.service;
      root.dataset["state"] = list.notices.length > 0 ? "list" : "empty";
      fill(body, list.notices.length > 0 ? filled(list) : empty());
    } catch (thrown) {
      if (!left) trouble.show(asError(thrown));
    }
  }

  /** @param {import("../types.js").NoticesView} list */
  function filled(list) {
    return h("ul", { class: "card entries" }, ...list.notices.map((card) => entry(card, () => go({ name: "notice", service, handle: card.handle }))));
  }

  void show();
  return { root, update: () => void show(), leave: () => (left = true) };
}

function empty() {
  return h(
    "div",
    { class: "empty", testid: "notices-empty" },
    halves("apart"),
    h("div", null, h("p", { class: "empty__what" }, t("notices.none")), h("p", { class: "muted" }, t("notices.noneLead"))),
  );
}

/**
 * @param {import("../types.js").NoticeCard} card
 * @param {() => void} open
 */
function entry(card, open) {
  return h(
    "li",
    { class: "entry" },
    h(
      "button",
      { type: "button", class: "entry__button", testid: "notice-card", "data-handle": card.handle, "data-unread": String(card.unread), onclick: open },
      h(
        "span",
        { class: "entry__main" },
        h("span", { class: card.unread ? "entry__what entry__what--unread" : "entry__what" }, card.heading),
        h(
          "span",
          { class: "entry__when" },
          h("span", null, card.at),
          card.unread ? h("span", { class: card.urgent ? "badge badge--attention" : "badge" }, t("notices.unread")) : null,
        ),
      ),
      icon("next"),
    ),
  );
}
