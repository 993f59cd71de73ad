// How the enrolment code comes in: a pasted link, or typed. A link may also open a challenge.
// testids: view-enrol-input, enrol-by-link, enrol-by-code, enrol-link, enrol-server, enrol-account, enrol-code,
// enrol-submit, <field>-error, problem, problem-code, back.

import { asError, beginEnrolment, openLink } from "../bridge.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { busy, heading, page } from "../parts/page.js";
import { problem } from "../parts/problem.js";
import { textField } from "../parts/text-field.js";

/**
 * @param {import("../types.js").Context} context
 * @returns {import("../types.js").Mounted}
 */
export function enrolInput({ go }) {
  const trouble = problem("enrol.failed");
  const link = textField({ testid: "enrol-link", label: t("enrol.link"), hint: t("enrol.linkHint"), lines: 3 });
  const server = textField({ testid: "enrol-server", label: t("enrol.server"), hint: t("enrol.serverHint"), inputmode: "url" });
  const account = textField({ testid: "enrol-account", label: t("enrol.account") });
  const code = textField({ testid: "enrol-code", label: t("enrol.code"), hint: t("enrol.codeHint"), code: true });

  const linkPart = h("div", { class: "stack" }, link.root);
  const codePart = h("div", { class: "stack" }, server.root, account.root, code.root);
  codePart.hidden = true;
  const choice = h(
    "fieldset",
    { class: "segments" },
    h("legend", { class: "visually-hidden" }, t("enrol.heading")),
    segment("enrol-by-link", t("enrol.byLink"), true, () => choose(linkPart)),
    segment("enrol-by-code", t("enrol.byCode"), false, () => choose(codePart)),
  );
  /** @param {HTMLElement} part */
  function choose(part) {
    linkPart.hidden = part !== linkPart;
    codePart.hidden = part !== codePart;
    trouble.show(null);
    part.querySelector(part === linkPart ? "textarea" : "input")?.focus();
  }

  const submit = h(
    "button",
    { type: "submit", form: "enrol-form", class: "button button--primary button--wide button--decision", testid: "enrol-submit" },
    t("enrol.read"),
  );
  const send = async () => {
    trouble.show(null);
    const byLink = !linkPart.hidden;
    const missing = byLink ? !link.require(t("enrol.linkMissing")) : !complete([server, account, code]);
    if (missing) return;
    await busy(submit, t("app.working"), async () => {
      try {
        if (!byLink) {
          await beginEnrolment({ server: server.value(), account_number: account.value(), code: code.value() });
        } else {
          const target = await openLink(link.value());
          if (target.kind === "challenge") go({ name: "challenge", handle: target.handle ?? "" });
        }
        // The core now holds the enrolment; its next state brings the next screen.
      } catch (thrown) {
        trouble.show(asError(thrown));
      }
    });
  };
  /** @param {SubmitEvent} event */
  const onsubmit = (event) => {
    event.preventDefault();
    void send();
  };

  return {
    root: page({
      testid: "view-enrol-input",
      onback: () => go({ name: "home" }),
      content: [
        heading(t("enrol.heading")),
        h("p", { class: "lead" }, t("enrol.lead")),
        h("form", { id: "enrol-form", class: "stack", novalidate: true, onsubmit }, choice, linkPart, codePart),
        trouble.root,
      ],
      actions: [submit],
    }),
  };
}

/** @param {import("../parts/text-field.js").TextField[]} fields */
function complete(fields) {
  const results = fields.map((field) => field.require(t("enrol.fieldMissing", { field: field.label })));
  return results.every(Boolean);
}

/**
 * @param {string} testid
 * @param {string} text
 * @param {boolean} checked
 * @param {() => void} onchange
 */
function segment(testid, text, checked, onchange) {
  const input = h("input", { type: "radio", name: "enrol-by", class: "segments__input", onchange });
  input.checked = checked;
  return h("label", { class: "segments__item", testid }, input, h("span", null, text));
}
