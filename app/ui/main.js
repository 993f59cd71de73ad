// Draws the state that the core pushes. Decides only which step of entry is on the screen; rules live in Rust.

import { asError, waitForView } from "./bridge.js";
import { fill } from "./dom.js";
import { t, useLanguage } from "./i18n.js";
import { answers } from "./views/answers.js";
import { challenge } from "./views/challenge.js";
import { enrolFingerprint } from "./views/enrol-fingerprint.js";
import { enrolInput } from "./views/enrol-input.js";
import { enrolPin } from "./views/enrol-pin.js";
import { fatal } from "./views/fatal.js";
import { firstStart } from "./views/first-start.js";
import { home } from "./views/home.js";
import { locked } from "./views/locked.js";
import { notice } from "./views/notice.js";
import { notices } from "./views/notices.js";
import { reset } from "./views/reset.js";
import { resultView } from "./views/result.js";
import { settings } from "./views/settings.js";
import { withdrawal } from "./views/withdrawal.js";
import { withdrawals } from "./views/withdrawals.js";

const app = /** @type {HTMLElement} */ (document.getElementById("app"));
const live = /** @type {HTMLElement} */ (document.getElementById("live"));

/** @type {import("./types.js").AppView | null} */
let state = null;
/** @type {import("./types.js").Route} */
let route = { name: "home" };
/** @type {import("./types.js").Mounted | null} */
let mounted = null;
let mountedKey = "";
/** The waiting requests seen so far, so that a new one is announced once. @type {Set<string>} */
let seen = new Set();
/** The service whose fingerprint was last shown, to notice when the page confirmed it. */
let comparing = "";

/** @type {import("./types.js").Context} */
const context = {
  view: () => /** @type {import("./types.js").AppView} */ (state),
  go: (to) => {
    route = to;
    draw();
  },
  announce: (text) => {
    live.textContent = text;
  },
};

/**
 * Which screen fits the state, with the key that says whether it is the one already shown.
 * @param {import("./types.js").AppView} view
 * @returns {[string, () => import("./types.js").Mounted]}
 */
function choose(view) {
  if (view.phase === "locked") return ["locked", () => locked(context)];
  const enrolment = view.enrolment;
  if (enrolment?.stage === "preview") {
    const { preview } = enrolment;
    return [`enrol-pin ${preview.origin} ${preview.account_hint}`, () => enrolPin(context, preview)];
  }
  if (enrolment?.stage === "fingerprint") {
    const { fingerprint } = enrolment;
    return [`fingerprint ${fingerprint.fingerprint}`, () => enrolFingerprint(context, fingerprint)];
  }
  if (route.name === "result") {
    const { result } = route;
    return [`result ${result.kind} ${result.message}`, () => resultView(context, result)];
  }
  if (route.name === "enrol-input") return ["enrol-input", () => enrolInput(context)];
  if (route.name === "settings") {
    return [`settings ${view.services.map((service) => service.handle + service.device_name).join(" ")}`, () => settings(context)];
  }
  if (route.name === "challenge") {
    const { handle } = route;
    return [`challenge ${handle}`, () => challenge(context, handle)];
  }
  if (route.name === "withdrawals" || route.name === "withdrawal") {
    const at = route;
    // The service may have been removed meanwhile.
    if (view.services.some((known) => known.handle === at.service)) {
      if (at.name === "withdrawals") return [`withdrawals ${at.service}`, () => withdrawals(context, at.service)];
      return [`withdrawal ${at.service} ${at.handle}`, () => withdrawal(context, at.service, at.handle)];
    }
  }
  if (route.name === "notices" || route.name === "notice") {
    const at = route;
    if (view.services.some((known) => known.handle === at.service)) {
      if (at.name === "notices") return [`notices ${at.service}`, () => notices(context, at.service)];
      return [`notice ${at.service} ${at.handle}`, () => notice(context, at.service, at.handle)];
    }
  }
  if (route.name === "answers") {
    const { service } = route;
    if (view.services.some((known) => known.handle === service)) return [`answers ${service}`, () => answers(context, service)];
  }
  if (route.name === "reset") {
    const { service } = route;
    if (view.services.some((known) => known.handle === service)) return [`reset ${service}`, () => reset(context, service)];
  }
  if (view.phase === "first_start") return ["first-start", () => firstStart(context)];
  return ["home", () => home(context)];
}

function draw() {
  if (!state) return;
  useLanguage(state.language);
  const [name, mount] = choose(state);
  const key = `${state.language} ${name}`;
  if (key === mountedKey) {
    mounted?.update?.(state);
    return;
  }
  mounted?.leave?.();
  mountedKey = key;
  mounted = mount();
  fill(app, mounted.root);
  window.scrollTo(0, 0);
  // Screen readers start at the heading of a new screen; a field that took the focus itself keeps it.
  if (!app.contains(document.activeElement)) mounted.root.querySelector("h1")?.focus();
}

/** @param {import("./types.js").Snapshot} snapshot */
function receive({ view, opened, problem }) {
  const before = state;
  state = view;
  useLanguage(view.language);
  noticeConfirmed(view);
  if (opened?.kind === "challenge" && opened.handle) {
    route = { name: "challenge", handle: opened.handle };
    mountedKey = ""; // the same request may be on the screen without its number
  }
  if (problem) {
    route = { name: "result", result: { kind: "ended", heading: t("link.failed"), message: problem.message, code: problem.code } };
  }
  const fresh = view.challenges.filter((card) => !seen.has(card.handle));
  seen = new Set(view.challenges.map((card) => card.handle));
  if (before && fresh.length > 0) context.announce(t("home.arrived"));
  draw();
}

/**
 * The page confirmed the fingerprint: the enrolment is gone and its service is active.
 * @param {import("./types.js").AppView} view
 */
function noticeConfirmed(view) {
  if (view.enrolment?.stage === "fingerprint") {
    comparing = view.enrolment.fingerprint.service;
    return;
  }
  const service = view.services.find((known) => known.handle === comparing);
  comparing = "";
  if (service?.state !== "active") return;
  route = {
    name: "result",
    result: { kind: "enrolled", heading: t("enrolled.heading"), message: t("enrolled.message", { service: service.name }) },
  };
}

async function listen() {
  let since = 0;
  for (;;) {
    try {
      const snapshot = await waitForView(since);
      since = snapshot.version;
      receive(snapshot);
    } catch (thrown) {
      since = 0;
      await new Promise((resolve) => {
        mounted?.leave?.();
        mountedKey = "fatal";
        mounted = fatal(asError(thrown), () => resolve(undefined));
        fill(app, mounted.root);
      });
      mountedKey = "";
    }
  }
}

void listen();
