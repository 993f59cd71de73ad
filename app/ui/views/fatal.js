// The core did not open, or does not answer. testids: view-fatal, problem, problem-code, retry.

import { h } from "../dom.js";
import { halves } from "../drawings.js";
import { t } from "../i18n.js";
import { heading, page } from "../parts/page.js";
import { problem } from "../parts/problem.js";

/**
 * @param {import("../types.js").CoreError} error
 * @param {() => void} retry
 * @returns {import("../types.js").Mounted}
 */
export function fatal(error, retry) {
  const trouble = problem();
  trouble.show(error);
  return {
    root: page({
      testid: "view-fatal",
      centred: true,
      content: [h("div", { class: "hero hero--muted" }, halves("apart")), heading(t("fatal.heading")), trouble.root],
      actions: [
        h("button", { type: "button", class: "button button--primary button--wide button--decision", testid: "retry", onclick: retry }, t("app.tryAgain")),
      ],
    }),
  };
}
