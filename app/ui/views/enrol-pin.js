// Three steps of entry: check the service, choose a PIN, enter it again.
// testids: view-enrol-pin, preview-service, preview-server, preview-customer, preview-account, enrol-device-name,
// preview-continue, enrol-stop, pin-first, pin-again, pin-finish, key-*, problem, problem-code.

import { asError, cancelEnrolment, finishEnrolment } from "../bridge.js";
import { fill, h } from "../dom.js";
import { t } from "../i18n.js";
import { digits } from "../parts/digits.js";
import { facts } from "../parts/facts.js";
import { keypad } from "../parts/keypad.js";
import { busy, heading, page } from "../parts/page.js";
import { problem } from "../parts/problem.js";
import { textField } from "../parts/text-field.js";

/**
 * @param {import("../types.js").Context} context
 * @param {import("../types.js").EnrolPreview} preview
 * @returns {import("../types.js").Mounted}
 */
export function enrolPin({ go }, preview) {
  const root = h("div", { class: "view" });
  const trouble = problem();
  const name = textField({
    testid: "enrol-device-name",
    label: t("pin.deviceName"),
    hint: t("pin.deviceNameHint"),
    value: t("pin.deviceDefault"),
    maxlength: 40,
  });
  let chosen = "";
  const stop = () => void cancelEnrolment().catch(() => undefined).then(() => go({ name: "home" }));

  const showPreview = () => {
    const next = () => name.require(t("enrol.fieldMissing", { field: name.label })) && showChoose();
    show({
      title: t("pin.previewHeading"),
      lead: t("pin.previewLead"),
      content: [
        h("section", { class: "card" }, previewFacts(preview)),
        preview.needs_fingerprint_first ? h("p", { class: "notice notice--attention" }, t("pin.typedNote")) : null,
        name.root,
      ],
      actions: [primary("preview-continue", t("pin.continue"), next), quiet("enrol-stop", t("pin.stop"), stop)],
    });
  };

  const showChoose = () => {
    const next = () => {
      if (field.value().length < 6) return field.showError(t("challenge.pinMissing"));
      chosen = field.value();
      showAgain();
    };
    const field = digits({ label: t("pin.label"), testid: "pin-first", masked: true, hint: t("pin.chooseHint"), onenter: next });
    show({
      title: t("pin.chooseHeading"),
      lead: t("pin.chooseLead"),
      content: [field.root, trouble.root, keypad(() => field)],
      actions: [primary("pin-next", t("app.next"), next)],
      onback: showPreview,
    });
    field.focus();
  };

  const showAgain = () => {
    const finish = async () => {
      if (again.value().length < 6) return again.showError(t("challenge.pinMissing"));
      await busy(button, t("pin.sealing"), async () => {
        try {
          await finishEnrolment(chosen, again.value(), name.value());
        } catch (thrown) {
          const error = asError(thrown);
          showChoose();
          trouble.show(error);
        }
      });
    };
    const again = digits({ label: t("pin.label"), testid: "pin-again", masked: true, onenter: () => void finish() });
    const button = primary("pin-finish", t("pin.finish"), () => void finish());
    trouble.show(null);
    show({
      title: t("pin.againHeading"),
      lead: t("pin.againLead"),
      content: [again.root, keypad(() => again)],
      actions: [button],
      onback: showChoose,
    });
    again.focus();
  };

  /** @param {{ title: string, lead: string, content: import("../dom.js").Child[], actions: HTMLElement[], onback?: () => void }} step */
  function show({ title, lead, content, actions, onback }) {
    const top = heading(title);
    fill(
      root,
      page({
        testid: "view-enrol-pin",
        ...(onback ? { onback } : {}),
        content: [top, h("p", { class: "lead" }, lead), ...content],
        actions,
      }),
    );
    top.focus();
  }

  showPreview();
  return { root };
}

/** @param {import("../types.js").EnrolPreview} preview */
function previewFacts(preview) {
  return facts([
    { label: t("pin.service"), value: preview.service, strong: true, testid: "preview-service" },
    { label: t("pin.server"), value: preview.origin, small: true, testid: "preview-server" },
    { label: t("pin.customer"), value: preview.customer, testid: "preview-customer" },
    { label: t("pin.account"), value: preview.account_hint, testid: "preview-account" },
  ]);
}

/**
 * @param {string} testid
 * @param {string} text
 * @param {() => void} onclick
 */
function primary(testid, text, onclick) {
  return h("button", { type: "button", class: "button button--primary button--wide button--decision", testid, onclick }, text);
}

/**
 * @param {string} testid
 * @param {string} text
 * @param {() => void} onclick
 */
function quiet(testid, text, onclick) {
  return h("button", { type: "button", class: "button button--quiet button--wide", testid, onclick }, text);
}
