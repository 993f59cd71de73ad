// Waiting requests side by side, and the registered services.
// testids: view-home, home-settings, challenge-card (data-handle), challenge-open, empty, refresh, service
// (data-handle, data-state, data-connection), service-note, service-notices (data-unread), service-withdrawals, add-service, keystore-note, home-offline, problem.

import { asError, refresh } from "../bridge.js";
import { fill, h } from "../dom.js";
import { halves, icon } from "../drawings.js";
import { t } from "../i18n.js";
import { countdown } from "../parts/countdown.js";
import { busy, heading, page } from "../parts/page.js";
import { problem } from "../parts/problem.js";

/**
 * @param {import("../types.js").Context} context
 * @returns {import("../types.js").Mounted}
 */
export function home({ view, go, announce }) {
  const requests = h("section", { class: "stack" });
  const services = h("section", { class: "stack" });
  const trouble = problem();
  /** @type {Map<string, { root: HTMLElement, timer: import("../parts/countdown.js").Countdown }>} */
  const cards = new Map();
  const again = h("button", { type: "button", class: "button button--wide", testid: "refresh" }, t("home.refresh"));
  again.addEventListener("click", () =>
    void busy(again, t("app.working"), async () => {
      try {
        await refresh();
        trouble.show(null);
        announce(t("home.refreshed"));
      } catch (thrown) {
        trouble.show(asError(thrown));
      }
    }),
  );
  const title = heading();
  /** What the service list shows: it is only redrawn when that changed, so that the focus stays. */
  let shown = "";
  const empty = h("div", { class: "empty", testid: "empty" }, halves("apart"), h("p", { class: "muted" }, t("home.emptyLead")));
  const list = h("ul", { class: "cards" });
  const several = h("p", { class: "lead" }, t("home.several"));
  requests.append(several, list, empty);

  /** @param {import("../types.js").AppView} state */
  const update = (state) => {
    const waiting = state.challenges;
    title.textContent = waiting.length > 0 ? t("home.requests") : t("home.emptyHeading");
    if (waiting.length > 1) title.append(h("span", { class: "count" }, t("home.count", { n: waiting.length })));
    several.hidden = waiting.length < 2;
    empty.hidden = waiting.length > 0;
    list.hidden = waiting.length === 0;
    again.classList.toggle("button--quiet", waiting.length > 0);
    updateCards(waiting);
    const told = JSON.stringify([state.services, state.keystore_note]);
    if (told !== shown) fill(services, ...servicePart(state, go));
    shown = told;
  };
  /** @param {import("../types.js").ChallengeCard[]} waiting */
  const updateCards = (waiting) => {
    const present = new Set(waiting.map((card) => card.handle));
    for (const [handle, card] of cards) {
      if (present.has(handle)) continue;
      card.timer.stop();
      card.root.remove();
      cards.delete(handle);
    }
    for (const card of waiting) {
      const known = cards.get(card.handle);
      if (known) {
        known.timer.set(card.seconds_left);
        continue;
      }
      const timer = countdown({ seconds: card.seconds_left, testid: "challenge-countdown" });
      const root = requestCard(card, timer.root, () => go({ name: "challenge", handle: card.handle }));
      cards.set(card.handle, { root, timer });
      list.append(root);
    }
  };
  update(view());
  return {
    root: page({
      testid: "view-home",
      width: "wide",
      aside: h(
        "button",
        { type: "button", class: "bar__button", testid: "home-settings", "aria-label": t("home.settings"), onclick: () => go({ name: "settings" }) },
        icon("settings"),
      ),
      content: [title, requests, trouble.root, again, services],
    }),
    update,
    leave: () => cards.forEach((card) => card.timer.stop()),
  };
}

/**
 * @param {import("../types.js").ChallengeCard} card
 * @param {HTMLElement} timer
 * @param {() => void} open
 */
function requestCard(card, timer, open) {
  return h(
    "li",
    { class: "card request", testid: "challenge-card", "data-handle": card.handle },
    h("div", { class: "request__top" }, h("p", { class: "request__service" }, card.service), timer),
    h("h2", null, card.heading),
    card.badges.length > 0 ? h("p", { class: "badges" }, ...card.badges.map((text) => h("span", { class: "badge badge--attention" }, text))) : null,
    card.summary ? h("p", { class: "muted small" }, card.summary) : null,
    h("button", { type: "button", class: "button button--primary button--wide", testid: "challenge-open", onclick: open }, t("home.open")),
  );
}

/**
 * @param {import("../types.js").AppView} state
 * @param {(route: import("../types.js").Route) => void} go
 * @returns {import("../dom.js").Child[]}
 */
function servicePart(state, go) {
  const offline = state.services.some((service) => service.state === "active" && service.connection === "offline");
  return [
    h("h2", { class: "section-title" }, t("home.services")),
    offline ? h("p", { class: "notice", testid: "home-offline" }, t("home.offline")) : null,
    h("ul", { class: "card services" }, ...state.services.map((service) => serviceRow(service, go))),
    state.keystore_note ? h("p", { class: "notice", testid: "keystore-note" }, state.keystore_note) : null,
    h(
      "button",
      { type: "button", class: "button button--quiet", testid: "add-service", onclick: () => go({ name: "enrol-input" }) },
      icon("plus"),
      t("home.add"),
    ),
  ];
}

/**
 * @param {import("../types.js").ServiceView} service
 * @returns {[string, string]} the word and its class
 */
function stateBadge({ state, connection }) {
  if (state === "active") return [t(`state.${connection}`), connection === "online" ? "badge badge--done" : "badge"];
  const lost = state === "revoked" || state === "key_lost";
  return [t(`state.${state}`), lost ? "badge badge--danger" : "badge badge--attention"];
}

/** Only a device that counts is told of withdrawals. */
const TOLD = new Set(["active", "unreachable"]);

/**
 * @param {import("../types.js").ServiceView} service
 * @param {(route: import("../types.js").Route) => void} go
 */
function serviceRow(service, go) {
  const [word, tone] = stateBadge(service);
  return h(
    "li",
    { class: "service", testid: "service", "data-handle": service.handle, "data-state": service.state, "data-connection": service.connection },
    h(
      "div",
      { class: "service__names" },
      h("p", { class: "service__name" }, service.name),
      h("p", { class: "muted small tabular" }, `${service.customer} ${service.account_hint}`),
    ),
    h("span", { class: tone, testid: "service-state" }, word),
    service.note ? h("p", { class: "service__note small", testid: "service-note" }, service.note) : null,
    service.state === "pending"
      ? null
      : h(
          "button",
          { type: "button", class: "service__link", testid: "service-notices", "data-unread": String(service.unread), onclick: () => go({ name: "notices", service: service.handle }) },
          h("span", null, t("home.notices"), service.unread > 0 ? h("span", { class: "badge badge--attention service__unread" }, t("home.unread", { n: service.unread })) : null),
          icon("next"),
        ),
    TOLD.has(service.state)
      ? h(
          "button",
          { type: "button", class: "service__link", testid: "service-withdrawals", onclick: () => go({ name: "withdrawals", service: service.handle }) },
          h("span", null, t("home.withdrawals")),
          icon("next"),
        )
      : null,
  );
}
