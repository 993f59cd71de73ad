// A refusal as people see it: the sentence, and small below it the number. testids: problem, problem-code.

import { h } from "../dom.js";
import { t } from "../i18n.js";

/**
 * @typedef {object} Problem
 * @property {HTMLElement} root
 * @property {(error: import("../types.js").CoreError | null) => void} show
 */

/**
 * @param {import("../i18n.js").Key} [fallback] the sentence for an error that brings none
 * @returns {Problem}
 */
export function problem(fallback = "app.failed") {
  const root = h("div", { class: "notice notice--danger", role: "alert", testid: "problem" });
  root.hidden = true;
  return {
    root,
    show: (error) => {
      root.hidden = !error;
      root.className = error && PASSING.has(error.code) ? "notice notice--attention" : "notice notice--danger";
      root.replaceChildren();
      if (!error) return;
      root.append(h("p", null, error.message || t(fallback)));
      if (error.code) {
        root.append(h("p", { class: "notice__number", testid: "problem-code" }, t("app.errorNumber", { code: error.code })));
      }
    },
  };
}

/** Nothing was refused, it only did not work now: busy, unreachable, keyring locked, clock off. */
const PASSING = new Set([1005, 1006, 1007, 2005, 2009, 2011, 2018]);
