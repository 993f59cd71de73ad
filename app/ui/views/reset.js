// A code that replaces a forgotten login password, asked for with the PIN and typed on the firm's page (CHAL-13).
// testids: view-reset (data-step: pin | code), heading, pin, reset-send, key-*, reset-code, reset-until, reset-message,
// reset-close, problem, problem-code, back.

import { asError, resetPassword } from "../bridge.js";
import { fill, h } from "../dom.js";
import { t } from "../i18n.js";
import { digits } from "../parts/digits.js";
import { keypad } from "../parts/keypad.js";
import { busy, heading, page } from "../parts/page.js";
import { problem } from "../parts/problem.js";

/**
 * @param {import("../types.js").Context} context
 * @param {string} service the handle of the service
 * @returns {import("../types.js").Mounted}
 */
export function reset({ go, announce }, service) {
  const root = h("div", { class: "view" });
  const trouble = problem();
  const pin = digits({ label: t("pin.label"), testid: "pin", masked: true, onenter: () => void send() });
  const button = h(
    "button",
    { type: "button", class: "button button--primary button--wide button--decision", testid: "reset-send", onclick: () => void send() },
    t("reset.send"),
  );

  async function send() {
    if (pin.value().length < 6) return pin.showError(t("challenge.pinMissing"));
    trouble.show(null);
    await busy(button, t("app.working"), async () => {
      try {
        const given = await resetPassword(service, pin.value());
        pin.clear();
        showCode(given);
      } catch (thrown) {
        pin.clear();
        trouble.show(asError(thrown));
      }
    });
  }

  /** @param {import("../types.js").PasswordResetView} given */
  function showCode(given) {
    const shown = page({
      testid: "view-reset",
      onback: () => go({ name: "settings" }),
      content: [
        heading(t("reset.codeHeading")),
        h("p", { class: "muted" }, given.service),
        h("section", { class: "card stack" }, h("p", { class: "reset__code", testid: "reset-code", translate: "no" }, given.code), h("p", { class: "small muted", testid: "reset-until" }, given.until)),
        h("p", { class: "lead", testid: "reset-message" }, given.message),
      ],
      actions: [h("button", { type: "button", class: "button button--wide button--decision", testid: "reset-close", onclick: () => go({ name: "home" }) }, t("app.close"))],
    });
    shown.dataset["step"] = "code";
    fill(root, shown);
    shown.querySelector("h1")?.focus();
    announce(t("reset.codeHeading"));
  }

  const asked = page({
    testid: "view-reset",
    onback: () => go({ name: "settings" }),
    content: [heading(t("reset.heading")), h("p", { class: "lead" }, t("reset.lead")), pin.root, trouble.root, keypad(() => pin)],
    actions: [button],
  });
  asked.dataset["step"] = "pin";
  fill(root, asked);
  return { root };
}
