// The guard between the window and Rust: only the commands listed here pass, and only with plain arguments.
// Rust decides again by capability and checks every value (APP-02, APP-05); this stops anything else one step earlier.
// The house test keeps the list equal to app/permissions and app/capabilities.
"use strict";

(() => {
  const ALLOWED = new Set([
    "wait_for_view",
    "refresh",
    "open_link",
    "begin_enrolment",
    "finish_enrolment",
    "cancel_enrolment",
    "unlock",
    "challenge",
    "approve",
    "deny",
    "answers",
    "notices",
    "notice",
    "veto",
    "withdrawals",
    "older_withdrawals",
    "withdrawal",
    "recall",
    "save_receipt",
    "set_language",
    "rename",
    "remove_service",
    "reset_password",
  ]);
  const MAX_ARGUMENTS_LENGTH = 16384;

  const isPlainObject = (value) =>
    typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);

  // A hook that throws leaves the caller waiting for ever. A command that nobody has is refused by Rust at once.
  const refused = (message) => ({ ...message, cmd: "refused_by_the_guard", payload: {} });

  window.__TAURI_ISOLATION_HOOK__ = (message) => {
    if (!ALLOWED.has(message.cmd)) {
      return refused(message);
    }
    const payload = message.payload ?? {};
    if (!isPlainObject(payload) || JSON.stringify(payload).length > MAX_ARGUMENTS_LENGTH) {
      return refused(message);
    }
    return message;
  };
})();
