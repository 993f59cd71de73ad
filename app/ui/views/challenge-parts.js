// The parts that a request is drawn from. testids: see challenge.js.

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { facts } from "../parts/facts.js";
import { keypad } from "../parts/keypad.js";
import { heading } from "../parts/page.js";

/**
 * Everything here was rendered from the signed bytes.
 * @param {import("../types.js").Screen} screen
 */
export function screenPart(screen) {
  return [
    screen.badges.length > 0
      ? h("p", { class: "badges" }, ...screen.badges.map((text) => h("span", { class: "badge badge--attention", testid: "badge" }, text)))
      : null,
    heading(h("span", { class: "line" }, screen.heading), h("span", { class: "line" }, screen.question)),
    screen.amount
      ? h("section", { class: "card" }, h("p", { class: "muted small" }, t("challenge.amount")), h("p", { class: "amount", testid: "amount" }, screen.amount))
      : null,
    h("section", { class: "card" }, facts(screen.rows.map((row, index) => ({ ...row, testid: "row", strong: index === 0 })))),
  ];
}

/**
 * What the PIN is entered for.
 * @param {import("../types.js").Screen} screen
 */
export function loginPart(screen) {
  return [h("p", { class: "muted small" }, screen.service), h("p", { class: "summary__what" }, screen.heading)];
}

/**
 * The same for money: how much and to whom, in full, where the last word is said.
 * @param {import("../types.js").Screen} screen
 */
export function moneyPart(screen) {
  const [bank, ...holder] = screen.payee.map((row) => row.value);
  return [
    h("p", { class: "muted small" }, `${screen.service} · ${screen.heading}`),
    screen.amount ? h("p", { class: "amount" }, screen.amount) : null,
    h("p", { class: "summary__payee", testid: "payee" }, h("span", { class: "line" }, bank), h("span", { class: "line" }, holder.join(" "))),
  ];
}

/** @param {import("../parts/digits.js").Digits} number */
export function numberPart(number) {
  const keys = keypad(() => number);
  keys.hidden = true;
  const toggle = h("button", { type: "button", class: "button button--quiet toggle", testid: "toggle-keypad", "aria-expanded": "false" }, t("challenge.keypad"));
  toggle.addEventListener("click", () => {
    keys.hidden = !keys.hidden;
    toggle.setAttribute("aria-expanded", String(!keys.hidden));
    toggle.textContent = t(keys.hidden ? "challenge.keypad" : "challenge.keypadHide");
    if (!keys.hidden) number.root.scrollIntoView({ block: "start" });
  });
  return h("div", { class: "number-part" }, number.root, toggle, keys);
}

/**
 * Digits typed while no field has the focus go into the number.
 * @param {HTMLElement} frame
 * @param {import("../parts/digits.js").Digits} number
 */
export function typeAnywhere(frame, number) {
  frame.addEventListener("keydown", (event) => {
    if (event.target instanceof HTMLInputElement || !/^[0-9]$/.test(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    number.focus();
    number.type(event.key);
  });
}

/** @param {number | null} left */
export function tries(left) {
  if (left === null) return null;
  return h("p", { class: "notice notice--attention", testid: "number-tries" }, t("challenge.numberTries", { n: left }));
}

/**
 * @param {import("../types.js").AppView} view
 * @param {string} service the firm's name
 */
export function customerOf(view, service) {
  const owners = view.services.filter((known) => known.name === service);
  return owners.length === 1 && owners[0] ? h("span", { class: "muted small" }, owners[0].customer) : null;
}
