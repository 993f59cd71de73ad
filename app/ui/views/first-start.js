// Nothing is registered yet. testids: view-first-start, start-enrolment, language-ja, language-en.

import { h } from "../dom.js";
import { halves } from "../drawings.js";
import { t } from "../i18n.js";
import { heading, page } from "../parts/page.js";
import { languageChoice } from "./settings.js";

/**
 * @param {import("../types.js").Context} context
 * @returns {import("../types.js").Mounted}
 */
export function firstStart(context) {
  const { view, go } = context;
  const steps = /** @type {const} */ (["first.step1", "first.step2", "first.step3"]);
  return {
    root: page({
      testid: "view-first-start",
      aside: languageChoice(view().language),
      content: [
        h("div", { class: "hero" }, halves("apart")),
        heading(t("first.heading")),
        h("p", { class: "lead" }, t("first.lead")),
        h("ol", { class: "steps" }, ...steps.map((key) => h("li", null, h("span", null, t(key))))),
        view().keystore_note ? h("p", { class: "notice", testid: "keystore-note" }, view().keystore_note) : null,
      ],
      actions: [
        h(
          "button",
          { type: "button", class: "button button--primary button--wide button--decision", testid: "start-enrolment", onclick: () => go({ name: "enrol-input" }) },
          t("first.start"),
        ),
      ],
    }),
  };
}
