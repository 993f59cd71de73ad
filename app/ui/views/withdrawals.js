// The withdrawals of one service's account, newest first: what they are, how they stand.
// testids: view-withdrawals (data-state: loading | list | empty | error), withdrawal-card (data-reference, data-state),
// withdrawals-empty, withdrawals-older, withdrawals-elsewhere, refresh, problem, try-again, back.

import { asError, olderWithdrawals, withdrawals as load } from "../bridge.js";
import { fill, h } from "../dom.js";
import { halves, icon } from "../drawings.js";
import { t } from "../i18n.js";
import { busy, heading, page } from "../parts/page.js";
import { problem } from "../parts/problem.js";
import { stateBadge } from "./withdrawal-parts.js";

/**
 * @param {import("../types.js").Context} context
 * @param {string} service its handle
 * @returns {import("../types.js").Mounted}
 */
export function withdrawals({ go, announce }, service) {
  const trouble = problem("withdrawals.failed");
  const firm = h("p", { class: "lead" });
  const body = h("section", { class: "stack" }, h("div", { class: "skeleton", role: "status", "aria-label": t("app.loading") }));
  const again = h("button", { type: "button", class: "button button--wide", testid: "refresh" }, t("withdrawals.refresh"));
  again.addEventListener("click", () => void busy(again, t("app.working"), () => show(() => load(service))));
  const root = page({
    testid: "view-withdrawals",
    width: "wide",
    onback: () => go({ name: "home" }),
    content: [h("div", null, heading(t("withdrawals.heading")), firm), trouble.root, body, again],
  });
  root.dataset["state"] = "loading";
  again.hidden = true;
  let left = false;

  /** @param {() => Promise<import("../types.js").WithdrawalsView>} ask */
  async function show(ask) {
    const before = root.dataset["state"];
    try {
      const list = await ask();
      if (left) return;
      again.hidden = false;
      trouble.show(null);
      firm.textContent = list.service;
      root.dataset["state"] = list.withdrawals.length > 0 ? "list" : "empty";
      fill(body, ...(list.withdrawals.length > 0 ? filled(list) : [empty()]));
      again.textContent = t("withdrawals.refresh");
      if (before !== "loading") announce(t("home.refreshed"));
    } catch (thrown) {
      if (left) return;
      again.hidden = false;
      trouble.show(asError(thrown));
      // What was shown before stays; without it there is nothing but the way to try again.
      if (before === "loading") fill(body);
      if (before === "loading" || before === "error") {
        root.dataset["state"] = "error";
        again.textContent = t("app.tryAgain");
      }
    }
  }

  /** @param {import("../types.js").WithdrawalsView} list */
  function filled(list) {
    const older = h("button", { type: "button", class: "button button--quiet button--wide", testid: "withdrawals-older" }, t("withdrawals.older"));
    older.addEventListener("click", () => void busy(older, t("app.working"), () => show(() => olderWithdrawals(service))));
    return [
      h("ul", { class: "card entries" }, ...list.withdrawals.map((card) => entry(card, () => go({ name: "withdrawal", service, handle: card.handle })))),
      list.more ? older : null,
      list.rest_elsewhere ? h("p", { class: "notice", testid: "withdrawals-elsewhere" }, t("withdrawals.elsewhere")) : null,
    ];
  }

  void show(() => load(service));
  return { root, leave: () => (left = true) };
}

function empty() {
  return h(
    "div",
    { class: "empty", testid: "withdrawals-empty" },
    halves("apart"),
    h("div", null, h("p", { class: "empty__what" }, t("withdrawals.none")), h("p", { class: "muted" }, t("withdrawals.noneLead"))),
  );
}

/**
 * @param {import("../types.js").WithdrawalCard} card
 * @param {() => void} open
 */
function entry(card, open) {
  return h(
    "li",
    { class: "entry" },
    h(
      "button",
      { type: "button", class: "entry__button", testid: "withdrawal-card", "data-reference": card.reference, "data-state": card.state, onclick: open },
      h(
        "span",
        { class: "entry__main" },
        h("span", { class: "entry__top" }, h("span", { class: "entry__amount" }, card.amount), stateBadge(card)),
        h("span", { class: "entry__payee" }, card.payee),
        h("span", { class: "entry__when" }, h("span", null, card.created_at), h("span", null, card.reference)),
        card.until ? h("span", { class: "entry__until" }, t("withdrawals.until", { time: card.until })) : null,
      ),
      icon("next"),
    ),
  );
}
