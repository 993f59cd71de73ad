// The four reasons of a denial. No PIN; one touch sends it (CHAL-13). testids: see challenge.js.

import { asError, deny } from "../bridge.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { problem } from "../parts/problem.js";
import { openSheet } from "../parts/sheet.js";
import { decided, ending } from "./endings.js";

/** The reasons that need an answer from the firm come first. */
const REASONS = /** @type {const} */ (["not_me", "phone", "wrong_details", "cancelled"]);

/**
 * @param {import("../types.js").Context} context
 * @param {string} handle
 * @param {(sending: boolean) => void} onsending
 */
export function openDenySheet({ go, view }, handle, onsending) {
  const service = only(view(), handle);
  const trouble = problem();
  let sending = false;
  openSheet({
    testid: "deny-sheet",
    title: t("deny.heading"),
    content: (close) => {
      /** @param {import("../types.js").DenyReason} reason */
      const send = async (reason) => {
        if (sending) return;
        sending = true;
        onsending(true);
        try {
          const result = await deny(handle, reason);
          close();
          // Whoever was told by phone, or did not ask, has a password that somebody knows (CHAL-13).
          const known = reason === "not_me" || reason === "phone";
          go({ name: "result", result: { ...decided(result), ...(known && service ? { reset: service } : {}) } });
        } catch (thrown) {
          const error = asError(thrown);
          if (GONE.has(error.code)) {
            close();
            go({ name: "result", result: ending(error) });
          } else {
            trouble.show(error);
          }
        } finally {
          sending = false;
          onsending(false);
        }
      };
      return [
        h("p", { class: "muted small" }, t("deny.lead")),
        h(
          "ul",
          { class: "reasons" },
          ...REASONS.map((reason) =>
            h(
              "li",
              null,
              h(
                "button",
                { type: "button", class: "reason", testid: `deny-${reason}`, onclick: () => void send(reason) },
                h("span", { class: "reason__name" }, t(`deny.${reason}`)),
                h("span", { class: "reason__hint" }, t(`deny.${reason}_hint`)),
              ),
            ),
          ),
        ),
        trouble.root,
        h("button", { type: "button", class: "button button--quiet button--wide", testid: "deny-back", onclick: close }, t("deny.back")),
      ];
    },
  });
}

const GONE = new Set([1301, 1302, 1303, 1306, 2013]);

/**
 * The service that asked, when no second one has its name.
 * @param {import("../types.js").AppView} view
 * @param {string} handle of the request
 */
function only(view, handle) {
  const name = view.challenges.find((card) => card.handle === handle)?.service;
  const owners = view.services.filter((known) => known.name === name && known.state === "active");
  return owners.length === 1 ? owners[0]?.handle : undefined;
}
