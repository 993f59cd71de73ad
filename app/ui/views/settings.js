// Language, and for each service its facts, this device's name and the removal.
// testids: view-settings, language-ja, language-en, settings-service (data-handle), settings-server, settings-key,
// settings-protection, device-name, device-name-save, answers, reset-password, remove-service; sheet: remove-sheet, remove-confirm, remove-keep.

import { asError, removeService, rename, setLanguage } from "../bridge.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { facts } from "../parts/facts.js";
import { busy, heading, page } from "../parts/page.js";
import { problem } from "../parts/problem.js";
import { openSheet } from "../parts/sheet.js";
import { textField } from "../parts/text-field.js";

/**
 * @param {import("../types.js").Context} context
 * @returns {import("../types.js").Mounted}
 */
export function settings(context) {
  const { view, go } = context;
  const state = view();
  return {
    root: page({
      testid: "view-settings",
      onback: () => go({ name: "home" }),
      content: [
        heading(t("settings.heading")),
        h("section", { class: "card setting" }, h("h2", null, t("settings.language")), languageChoice(state.language)),
        state.services.length === 0 ? h("p", { class: "muted" }, t("settings.none")) : null,
        ...state.services.map((service) => serviceCard(service, context)),
      ],
    }),
  };
}

/**
 * Each language in its own words, so that it is found by whoever does not read the other.
 * @param {import("../types.js").Language} current
 */
export function languageChoice(current) {
  const names = /** @type {const} */ ([["ja", "日本語"], ["en", "English"]]);
  return h(
    "div",
    { class: "languages", role: "group", "aria-label": t("settings.language") },
    ...names.map(([language, name]) =>
      h(
        "button",
        {
          type: "button",
          class: "languages__item",
          lang: language,
          testid: `language-${language}`,
          "aria-pressed": String(language === current),
          onclick: () => void setLanguage(language).catch(() => undefined),
        },
        name,
      ),
    ),
  );
}

/**
 * @param {import("../types.js").ServiceView} service
 * @param {import("../types.js").Context} context
 */
function serviceCard(service, context) {
  const trouble = problem();
  const name = textField({ testid: "device-name", label: t("settings.deviceName"), value: service.device_name, maxlength: 40 });
  name.input.id = name.input.id + service.handle;
  name.root.querySelector("label")?.setAttribute("for", name.input.id);
  const save = h("button", { type: "button", class: "button", testid: "device-name-save" }, t("settings.save"));
  save.addEventListener("click", () => {
    if (!name.require(t("enrol.fieldMissing", { field: name.label }))) return;
    void busy(save, t("app.working"), async () => {
      try {
        await rename(service.handle, name.value());
        trouble.show(null);
        context.announce(t("settings.saved"));
      } catch (thrown) {
        trouble.show(asError(thrown));
      }
    });
  });
  return h(
    "section",
    { class: "card stack", testid: "settings-service", "data-handle": service.handle },
    h("h2", null, service.name),
    facts([
      { label: t("settings.customer"), value: service.customer },
      { label: t("settings.account"), value: service.account_hint },
      { label: t("settings.server"), value: service.origin, small: true, testid: "settings-server" },
      { label: t("settings.key"), value: service.key_thumbprint_short, testid: "settings-key" },
      { label: t("settings.protection"), value: t(`settings.${service.protection}`), testid: "settings-protection" },
    ]),
    h("div", { class: "rename" }, name.root, save),
    trouble.root,
    h("button", { type: "button", class: "button button--wide", testid: "answers", onclick: () => context.go({ name: "answers", service: service.handle }) }, t("settings.answers")),
    service.state === "active"
      ? h("button", { type: "button", class: "button button--wide", testid: "reset-password", onclick: () => context.go({ name: "reset", service: service.handle }) }, t("settings.reset"))
      : null,
    h(
      "button",
      { type: "button", class: "button button--danger button--wide", testid: "remove-service", onclick: () => confirmRemoval(service, context) },
      t("settings.remove"),
    ),
  );
}

/**
 * @param {import("../types.js").ServiceView} service
 * @param {import("../types.js").Context} context
 */
function confirmRemoval(service, { go }) {
  const trouble = problem();
  openSheet({
    testid: "remove-sheet",
    title: t("settings.removeHeading", { service: service.name }),
    content: (close) => {
      const confirm = h("button", { type: "button", class: "button button--danger button--wide button--decision", testid: "remove-confirm" }, t("settings.removeConfirm"));
      confirm.addEventListener("click", () =>
        void busy(confirm, t("app.working"), async () => {
          try {
            const removed = await removeService(service.handle);
            close();
            go({ name: "result", result: { kind: "removed", heading: t("settings.removedHeading"), message: removed.message, service: service.name } });
          } catch (thrown) {
            trouble.show(asError(thrown));
          }
        }),
      );
      return [
        h("p", { class: "lead" }, t("settings.removeLead")),
        trouble.root,
        h("button", { type: "button", class: "button button--wide button--decision", testid: "remove-keep", autofocus: true, onclick: close }, t("settings.keep")),
        confirm,
      ];
    },
  });
}
