// What list, detail and result of withdrawals have in common.

import { h } from "../dom.js";

/** @type {Record<import("../types.js").WithdrawalState, string>} */
const TONES = {
  pending: "badge badge--attention",
  second: "badge badge--attention",
  held: "badge badge--attention",
  queued: "badge",
  placed: "badge",
  paid: "badge badge--done",
  refused: "badge badge--danger",
  denied: "badge",
  expired: "badge",
  cancelled: "badge",
  recalled: "badge",
};

/** @param {{ state: import("../types.js").WithdrawalState, state_label: string }} withdrawal */
export function stateBadge({ state, state_label }) {
  return h("span", { class: TONES[state] ?? "badge", testid: "withdrawal-state" }, state_label);
}

/** No money leaves, or ever left, in these. */
const STILL = new Set(["refused", "denied", "expired", "cancelled", "recalled"]);

/** @param {{ state: import("../types.js").WithdrawalState, amount: string }} withdrawal */
export function amountOf({ state, amount }) {
  return h("p", { class: STILL.has(state) ? "amount amount--still" : "amount", testid: "amount" }, amount);
}

/**
 * Each sentence on a line of its own, so that none breaks in the middle of a word where phrases are not known.
 * @param {string} text
 */
export function sentences(text) {
  return (text.match(/[^。\n]+。?/g) ?? []).map((sentence) => h("span", { class: "line" }, sentence));
}
