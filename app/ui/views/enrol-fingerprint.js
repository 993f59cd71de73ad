// The six digits to compare with the page. The page confirms; this screen goes on when the core says so.
// testids: view-enrol-fingerprint, fingerprint, fingerprint-stop, fingerprint-later, problem, problem-code.

import { asError, cancelEnrolment, removeService } from "../bridge.js";
import { h } from "../dom.js";
import { halves } from "../drawings.js";
import { t } from "../i18n.js";
import { busy, heading, page } from "../parts/page.js";
import { problem } from "../parts/problem.js";

/**
 * @param {import("../types.js").Context} context
 * @param {import("../types.js").FingerprintView} view
 * @returns {import("../types.js").Mounted}
 */
export function enrolFingerprint({ go }, view) {
  const trouble = problem();
  const stop = h("button", { type: "button", class: "button button--danger button--wide", testid: "fingerprint-stop" }, t("fingerprint.stop"));
  stop.addEventListener("click", () =>
    void busy(stop, t("app.working"), async () => {
      try {
        const removed = await removeService(view.service);
        go({ name: "result", result: { kind: "removed", heading: t("fingerprint.stopped"), message: removed.message, service: view.name } });
      } catch (thrown) {
        trouble.show(asError(thrown));
      }
    }),
  );
  const later = h(
    "button",
    { type: "button", class: "button button--quiet button--wide", testid: "fingerprint-later", onclick: () => void cancelEnrolment().catch(() => undefined) },
    t("fingerprint.later"),
  );
  const digits = view.fingerprint;
  return {
    root: page({
      testid: "view-enrol-fingerprint",
      content: [
        h("div", { class: "hero hero--small" }, halves("apart")),
        heading(t("fingerprint.heading")),
        h("p", { class: "lead" }, t("fingerprint.lead", { service: view.name })),
        h(
          "section",
          { class: "card fingerprint" },
          h("p", { class: "muted small" }, t("fingerprint.label")),
          h(
            "p",
            { class: "digits", testid: "fingerprint", "aria-label": [...digits].join(" ") },
            h("span", null, digits.slice(0, 3)),
            h("span", null, digits.slice(3)),
          ),
        ),
        h(
          "dl",
          { class: "answers" },
          h("div", null, h("dt", null, t("fingerprint.same")), h("dd", null, t("fingerprint.sameNext"))),
          h("div", null, h("dt", null, t("fingerprint.different")), h("dd", null, t("fingerprint.differentNext"))),
        ),
        trouble.root,
      ],
      actions: [h("p", { class: "waiting", role: "status" }, t("fingerprint.waiting")), stop, later],
    }),
  };
}
