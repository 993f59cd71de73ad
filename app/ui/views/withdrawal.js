// One withdrawal with all its fields; taking it back while that is possible; saving its receipt.
// testids: view-withdrawal (data-state), withdrawal-state, amount, withdrawal-message, row, take-back, save-receipt,
// receipt-saved, receipt-file, problem, back; sheet: recall-sheet, recall-confirm, recall-keep.

import { asError, recall, saveReceipt, withdrawal as load } from "../bridge.js";
import { fill, h } from "../dom.js";
import { t } from "../i18n.js";
import { facts } from "../parts/facts.js";
import { busy, heading, page } from "../parts/page.js";
import { problem } from "../parts/problem.js";
import { openSheet } from "../parts/sheet.js";
import { amountOf, sentences, stateBadge } from "./withdrawal-parts.js";

/**
 * @param {import("../types.js").Context} context
 * @param {string} service its handle
 * @param {string} handle
 * @returns {import("../types.js").Mounted}
 */
export function withdrawal({ go, announce }, service, handle) {
  const root = h("div", { class: "view" });
  const trouble = problem();
  const saved = h("div", { class: "notice notice--done", role: "status", testid: "receipt-saved" });
  saved.hidden = true;
  const back = () => go({ name: "withdrawals", service });
  let left = false;

  /** @param {import("../types.js").WithdrawalView} shown */
  function draw(shown) {
    const frame = page({
      testid: "view-withdrawal",
      onback: back,
      aside: h("span", { class: "muted small" }, shown.service),
      content: [
        h("div", { class: "badges" }, stateBadge(shown)),
        heading(t("withdrawal.heading")),
        h(
          "section",
          { class: "card summary" },
          h("p", { class: "muted small" }, t("challenge.amount")),
          amountOf(shown),
          h("p", { class: "summary__next", testid: "withdrawal-message" }, ...sentences(shown.message)),
          shown.reason ? h("p", { class: "muted result__code" }, t("app.errorNumber", { code: shown.reason })) : null,
        ),
        h("section", { class: "card" }, facts(shown.rows.map((row) => ({ ...row, testid: "row" })))),
      ],
      // What came of a press stands beside the buttons, in sight wherever the details are scrolled to.
      actions: [trouble.root, saved, shown.has_receipt ? receiptButton() : null, shown.recallable ? takeBackButton(shown) : null].filter((it) => it !== null),
    });
    frame.dataset["state"] = shown.state;
    fill(root, frame);
  }

  function receiptButton() {
    const button = h("button", { type: "button", class: "button button--wide", testid: "save-receipt" }, t("withdrawal.receipt"));
    button.addEventListener("click", () =>
      void busy(button, t("withdrawal.receiptWorking"), async () => {
        try {
          const receipt = await saveReceipt(service, handle);
          if (left) return;
          trouble.show(null);
          saved.hidden = receipt === null;
          saved.className = receipt?.in_log ? "notice notice--done" : "notice notice--attention";
          if (receipt) fill(saved, h("p", null, receipt.message), h("p", { class: "notice__number", testid: "receipt-file" }, receipt.file));
        } catch (thrown) {
          saved.hidden = true;
          trouble.show(asError(thrown));
        }
      }),
    );
    return button;
  }

  /** @param {import("../types.js").WithdrawalView} shown */
  function takeBackButton(shown) {
    return h(
      "button",
      { type: "button", class: "button button--danger button--wide button--decision", testid: "take-back", onclick: () => confirm(shown) },
      t("withdrawal.recall"),
    );
  }

  /** @param {import("../types.js").WithdrawalView} shown */
  function confirm(shown) {
    const refused = problem();
    openSheet({
      testid: "recall-sheet",
      title: t("withdrawal.recallHeading", { amount: shown.amount }),
      content: (close) => {
        const yes = h("button", { type: "button", class: "button button--danger button--wide button--decision", testid: "recall-confirm" }, t("withdrawal.recallConfirm"));
        yes.addEventListener("click", () =>
          void busy(yes, t("app.working"), async () => {
            try {
              const after = await recall(service, handle);
              close();
              if (left) return;
              trouble.show(null);
              draw(after);
              announce(t("withdrawal.recalled"));
            } catch (thrown) {
              const error = asError(thrown);
              if (error.code === ENDED) await tooLate(close, error);
              else refused.show(error);
            }
          }),
        );
        return [
          h("p", { class: "lead" }, t("withdrawal.recallLead")),
          refused.root,
          h("button", { type: "button", class: "button button--wide button--decision", testid: "recall-keep", autofocus: true, onclick: close }, t("withdrawal.keep")),
          yes,
        ];
      },
    });
  }

  /**
   * It has left meanwhile: the screen shows how it stands now, and why nothing was taken back.
   * @param {() => void} close
   * @param {import("../types.js").CoreError} error
   */
  async function tooLate(close, error) {
    close();
    draw(await load(service, handle));
    trouble.show(error);
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

const ENDED = 1613;
