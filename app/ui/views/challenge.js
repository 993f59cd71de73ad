// One request: what was signed, the number, the PIN, the decision. Two steps of entry on one screen.
// testids: view-challenge (data-step: details | pin, data-number: typed | link), heading, badge, amount, row (data-label), number, number-error,
// number-from-link, type-instead, toggle-keypad, key-*, to-pin, pin, payee, pin-error, approve, refuse, countdown,
// number-tries, pin-tries, problem, problem-code, back; sheet: deny-sheet, deny-not_me, deny-phone,
// deny-wrong_details, deny-cancelled, deny-back.

import { approve, asError, challenge as load } from "../bridge.js";
import { fill, h } from "../dom.js";
import { t } from "../i18n.js";
import { countdown } from "../parts/countdown.js";
import { digits } from "../parts/digits.js";
import { keypad } from "../parts/keypad.js";
import { busy, heading, page } from "../parts/page.js";
import { problem } from "../parts/problem.js";
import { steadyWindow } from "../parts/steady.js";
import { customerOf, loginPart, moneyPart, numberPart, screenPart, tries, typeAnywhere } from "./challenge-parts.js";
import { openDenySheet } from "./deny.js";
import { decided, ending } from "./endings.js";

/**
 * @param {import("../types.js").Context} context
 * @param {string} handle
 * @returns {import("../types.js").Mounted}
 */
export function challenge(context, handle) {
  const root = h("div", { class: "view" }, page({ testid: "view-challenge-loading", content: [h("div", { class: "skeleton", role: "status", "aria-label": t("app.loading") })] }));
  /** @type {ReturnType<typeof decision> | undefined} */
  let shown;
  let left = false;
  load(handle).then(
    (request) => {
      if (!left) shown = decision(context, request, root);
    },
    (thrown) => context.go({ name: "result", result: ending(asError(thrown)) }),
  );
  return {
    root,
    update: (view) => shown?.update(view),
    leave: () => {
      left = true;
      shown?.leave();
    },
  };
}

/**
 * @param {import("../types.js").Context} context
 * @param {import("../types.js").ChallengeView} request
 * @param {HTMLElement} root
 */
function decision(context, request, root) {
  const { go, announce } = context;
  let fromLink = request.number_filled;
  let deciding = false;
  const trouble = problem();
  const left = countdown({
    seconds: request.seconds_left,
    testid: "countdown",
    onsoon: () => announce(t("time.soon")),
    onend: () => !deciding && go({ name: "result", result: ending({ code: 1302, message: "" }) }),
  });
  const number = digits({ label: t("challenge.numberLabel"), testid: "number", onenter: () => toPin() });
  const pin = digits({ label: t("pin.label"), testid: "pin", masked: true, onchange: () => drawApprove(), onenter: () => void send() });
  const approveButton = h(
    "button",
    { type: "button", class: "button button--primary button--wide button--decision", testid: "approve", onclick: () => void send() },
    t("challenge.approve"),
  );
  const pinTries = h("p", { class: "notice notice--attention", testid: "pin-tries" });
  let ready = false;
  const steady = steadyWindow((now) => {
    ready = now;
    drawApprove();
  });

  function drawApprove() {
    approveButton.setAttribute("aria-disabled", String(!(ready && pin.value().length === 6)));
  }

  /** @param {import("../types.js").CoreError | null} [error] why the server did not take the number */
  function showDetails(error = null) {
    pin.clear();
    trouble.show(error);
    const content = [
      ...screenPart(request.screen),
      trouble.root,
      error ? null : tries(request.tries_left), // the error's sentence says it already
      fromLink ? linkNumber() : numberPart(number),
    ];
    show("details", context.go, [h("div", { class: "stack" }, ...content)], [
      h("button", { type: "button", class: "button button--primary button--wide button--decision", testid: "to-pin", onclick: toPin }, t("challenge.toPin")),
      refuseButton(),
    ]);
  }

  function toPin() {
    if (!fromLink && number.value().length < 6) {
      number.showError(t("challenge.numberMissing"));
      number.focus();
      return;
    }
    trouble.show(null);
    showPin();
  }

  function showPin() {
    const screen = request.screen;
    const summary = h(
      "section",
      { class: "card summary" },
      ...(screen.payee.length > 0 ? moneyPart(screen) : loginPart(screen)),
    );
    const pins = request.pin_tries_left;
    pinTries.hidden = pins === null;
    pinTries.textContent = t("challenge.pinTries", { n: pins ?? "" });
    show("pin", () => showDetails(), [heading(t("challenge.pinHeading")), summary, pin.root, pinTries, trouble.root, keypad(() => pin)], [approveButton, refuseButton()]);
    drawApprove();
    pin.focus();
  }

  async function send() {
    if (pin.value().length < 6) return pin.showError(t("challenge.pinMissing"));
    if (!ready || document.hidden || deciding) return;
    deciding = true;
    trouble.show(null);
    await busy(approveButton, t("challenge.approving"), async () => {
      try {
        const result = await approve(request.handle, fromLink ? { via: "link" } : { via: "typed", digits: number.value() }, pin.value());
        go({ name: "result", result: decided(result) });
      } catch (thrown) {
        refused(asError(thrown));
      }
    });
    deciding = false;
    drawApprove();
  }

  /** @param {import("../types.js").CoreError} error */
  function refused(error) {
    pin.clear();
    if (ENDS.has(error.code)) return go({ name: "result", result: ending(error) });
    if (error.code === PIN_WRONG) request.pin_tries_left = error.tries_left ?? null;
    if (error.code === NUMBER_WRONG || error.code === LINK_NOT_ACCEPTED || error.code === NUMBER_UNREADABLE) {
      fromLink = false;
      number.clear();
      request.tries_left = error.tries_left ?? request.tries_left;
      showDetails(error);
      number.input.focus({ preventScroll: true });
      trouble.root.scrollIntoView({ block: "center" });
      return;
    }
    showPin();
    trouble.show(error);
    pinTries.hidden ||= error.code === PIN_WRONG && Number(error.tries_left) > 2; // the sentence says it already
  }

  function linkNumber() {
    return h(
      "div",
      { class: "from-link" },
      h("span", { class: "badge badge--done", testid: "number-from-link" }, t("challenge.fromLink")),
      h(
        "button",
        {
          type: "button",
          class: "button button--quiet",
          testid: "type-instead",
          onclick: () => {
            fromLink = false;
            showDetails();
            number.focus();
          },
        },
        t("challenge.typeInstead"),
      ),
    );
  }

  function refuseButton() {
    return h(
      "button",
      { type: "button", class: "button button--danger button--wide button--decision actions__apart", testid: "refuse", onclick: () => openDenySheet(context, request.handle, (busyNow) => (deciding = busyNow)) },
      t(request.action === "login" ? "challenge.notMe" : "challenge.refuse"),
    );
  }

  /**
   * @param {"details" | "pin"} step
   * @param {typeof go | (() => void)} back
   * @param {HTMLElement[]} content
   * @param {HTMLElement[]} actions
   */
  function show(step, back, content, actions) {
    const frame = page({
      testid: "view-challenge",
      onback: () => (back === go ? go({ name: "home" }) : /** @type {() => void} */ (back)()),
      aside: customerOf(context.view(), request.service),
      content,
      actions: [...actions, h("div", { class: "fine-print" }, left.root, h("p", null, t("challenge.phone")))],
    });
    if (step === "details" && !fromLink) typeAnywhere(frame, number);
    frame.dataset["step"] = step;
    frame.dataset["number"] = fromLink ? "link" : "typed";
    fill(root, frame);
    frame.querySelector("h1")?.focus();
  }

  showDetails();
  return {
    /** @param {import("../types.js").AppView} view */
    update: (view) => {
      const still = view.challenges.some((card) => card.handle === request.handle);
      if (still || deciding) return;
      const told = view.ended.find((card) => card.handle === request.handle);
      if (told) return go({ name: "result", result: { kind: "ended", heading: told.heading, message: told.message } });
      go({ name: "result", result: ending({ code: left.over() ? 1302 : 2013, message: "" }) });
    },
    leave: () => {
      left.stop();
      steady.stop();
      document.querySelector("dialog")?.remove();
    },
  };
}

const NUMBER_WRONG = 1305;
const LINK_NOT_ACCEPTED = 1307;
const PIN_WRONG = 2001;
const NUMBER_UNREADABLE = 2015;
/** After these the request cannot be decided here any more. */
const ENDS = new Set([1301, 1302, 1303, 1306, 1308, 1309, 1206, 1207, 1208, 2004, 2010, 2013, 2016, 2023]);
