// One notice: what happened, when and where, and what to do if it was somebody else. What this device can stop, it stops here.
// testids: view-notice (data-urgent), heading, notice-text, row, notice-advice, notice-vetoed, veto-registration, veto-removal,
// notice-close, problem, back; sheet: veto-sheet, veto-confirm, veto-cancel.

import { asError, notice as load, veto } from "../bridge.js";
import { fill, h } from "../dom.js";
import { t } from "../i18n.js";
import { facts } from "../parts/facts.js";
import { busy, heading, page } from "../parts/page.js";
import { problem } from "../parts/problem.js";
import { openSheet } from "../parts/sheet.js";

/**
 * @param {import("../types.js").Context} context
 * @param {string} service its handle
 * @param {string} handle
 * @returns {import("../types.js").Mounted}
 */
export function notice({ go, announce }, service, handle) {
  const root = h("div", { class: "view" });
  const trouble = problem();
  const back = () => go({ name: "notices", service });
  let left = false;

  /** @param {import("../types.js").NoticeView} shown */
  function draw(shown) {
    const { screen, service: firm } = shown;
    const advice = shown.vetoed
      ? h("p", { class: "notice notice--done", role: "status", testid: "notice-vetoed" }, shown.vetoed)
      : h("p", { class: screen.urgent ? "notice notice--attention" : "notice", testid: "notice-advice" }, screen.advice);
    const frame = page({
      testid: "view-notice",
      onback: back,
      aside: h("span", { class: "muted small" }, firm),
      content: [
        // What it meant is over with the objection: the last box says how it stands.
        h("div", null, heading(screen.heading), shown.vetoed ? null : h("p", { class: "lead", testid: "notice-text" }, screen.text)),
        h("section", { class: "card" }, facts(screen.rows.map((row) => ({ ...row, testid: "row" })))),
        advice,
      ],
      actions: [
        trouble.root,
        h("button", { type: "button", class: "button button--wide", testid: "notice-close", onclick: back }, t("notices.back")),
        shown.veto ? objection(shown, shown.veto) : null,
      ].filter((it) => it !== null),
    });
    frame.dataset["urgent"] = String(screen.urgent);
    fill(root, frame);
    frame.querySelector("h1")?.focus();
  }

  /**
   * @param {import("../types.js").NoticeView} shown
   * @param {"registration" | "removal"} to
   */
  function objection(shown, to) {
    const removal = to === "removal";
    const kind = removal ? "button--primary" : "button--danger";
    const button = h("button", { type: "button", class: `button ${kind} button--wide button--decision`, testid: `veto-${to}` }, t(removal ? "veto.removal" : "veto.registration"));
    // That a device stays can be undone tomorrow; that one is removed cannot, so it is asked once more.
    button.addEventListener("click", () => (removal ? void object(button, to, trouble, () => undefined) : confirm(shown)));
    return button;
  }

  /** @param {import("../types.js").NoticeView} shown */
  function confirm(shown) {
    const refused = problem();
    openSheet({
      testid: "veto-sheet",
      title: t("veto.registrationHeading", { name: shown.device ?? "" }),
      content: (close) => {
        const yes = h("button", { type: "button", class: "button button--danger button--wide button--decision", testid: "veto-confirm" }, t("veto.registrationConfirm"));
        yes.addEventListener("click", () => void object(yes, "registration", refused, close));
        return [
          h("p", { class: "lead" }, t("veto.registrationLead")),
          refused.root,
          h("button", { type: "button", class: "button button--wide button--decision", testid: "veto-cancel", autofocus: true, onclick: close }, t("veto.registrationKeep")),
          yes,
        ];
      },
    });
  }

  /**
   * @param {HTMLButtonElement} button
   * @param {"registration" | "removal"} to
   * @param {ReturnType<typeof problem>} refused where a refusal is said
   * @param {() => void} close
   */
  function object(button, to, refused, close) {
    return busy(button, t("app.working"), async () => {
      try {
        const after = await veto(service, handle);
        close();
        if (left) return;
        trouble.show(null);
        draw(after);
        announce(t(to === "removal" ? "veto.removalDone" : "veto.registrationDone"));
      } catch (thrown) {
        refused.show(asError(thrown));
      }
    });
  }

  load(service, handle).then(
    (shown) => {
      if (!left) draw(shown);
    },
    () => back(),
  );
  return {
    root,
    leave: () => {
      left = true;
      document.querySelector("dialog")?.remove();
    },
  };
}
