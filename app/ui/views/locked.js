// Keys sealed under the PIN alone: nothing can arrive before it is entered (KEY-02, APP-10).
// testids: view-locked, pin-unlock, unlock, key-*, keystore-note, problem, problem-code.

import { asError, unlock } from "../bridge.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { digits } from "../parts/digits.js";
import { keypad } from "../parts/keypad.js";
import { busy, heading, page } from "../parts/page.js";
import { problem } from "../parts/problem.js";

/**
 * @param {import("../types.js").Context} context
 * @returns {import("../types.js").Mounted}
 */
export function locked({ view }) {
  const trouble = problem();
  const open = async () => {
    if (pin.value().length < 6) return pin.showError(t("challenge.pinMissing"));
    trouble.show(null);
    await busy(button, t("app.working"), async () => {
      try {
        await unlock(pin.value());
      } catch (thrown) {
        pin.clear();
        trouble.show(asError(thrown));
      }
    });
  };
  const pin = digits({ label: t("pin.label"), testid: "pin-unlock", masked: true, onenter: () => void open() });
  const button = h(
    "button",
    { type: "button", class: "button button--primary button--wide button--decision", testid: "unlock", onclick: () => void open() },
    t("locked.open"),
  );
  return {
    root: page({
      testid: "view-locked",
      content: [
        heading(t("locked.heading")),
        h("p", { class: "lead" }, t("locked.lead")),
        pin.root,
        trouble.root,
        keypad(() => pin),
        view().keystore_note ? h("p", { class: "notice", testid: "keystore-note" }, view().keystore_note) : null,
      ],
      actions: [button],
    }),
  };
}
