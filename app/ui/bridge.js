// The one file that talks to the Rust side. One function a command; nothing else in app/ui knows about Tauri.

/** @typedef {import("./types.js").CoreError} CoreError */

/**
 * @typedef {object} Internals
 * @property {(command: string, args?: Record<string, unknown>) => Promise<any>} invoke
 */

/**
 * @param {string} command
 * @param {Record<string, unknown>} [args]
 * @returns {Promise<any>}
 */
async function call(command, args) {
  const internals = /** @type {{ __TAURI_INTERNALS__?: Internals }} */ (/** @type {unknown} */ (window)).__TAURI_INTERNALS__;
  if (!internals) throw asError("no bridge");
  try {
    return await internals.invoke(command, args);
  } catch (thrown) {
    throw asError(thrown);
  }
}

/**
 * Everything that can be thrown becomes a numbered error with a sentence.
 * @param {unknown} thrown
 * @returns {CoreError}
 */
export function asError(thrown) {
  if (thrown && typeof thrown === "object" && "code" in thrown && "message" in thrown) {
    return /** @type {CoreError} */ (thrown);
  }
  // An empty message: the view shows its own sentence for what it tried to do.
  return { code: 0, message: "" };
}

/**
 * Waits until something differs from version `since`, or for about 25 seconds.
 * @param {number} since
 * @returns {Promise<import("./types.js").Snapshot>}
 */
export const waitForView = (since) => call("wait_for_view", { since });

/** @returns {Promise<void>} */
export const refresh = () => call("refresh");

/**
 * A link as pasted or scanned: an enrolment, or one challenge with its number.
 * @param {string} text
 * @returns {Promise<import("./types.js").LinkTarget>}
 */
export const openLink = (text) => call("open_link", { text });

/**
 * @param {{ server: string, account_number: string, code: string }} typed
 * @returns {Promise<void>}
 */
export const beginEnrolment = ({ server, account_number, code }) =>
  call("begin_enrolment", { server, accountNumber: account_number, code });

/**
 * @param {string} pin
 * @param {string} pinAgain
 * @param {string} deviceName
 * @returns {Promise<void>}
 */
export const finishEnrolment = (pin, pinAgain, deviceName) => call("finish_enrolment", { pin, pinAgain, deviceName });

/** @returns {Promise<void>} */
export const cancelEnrolment = () => call("cancel_enrolment");

/**
 * A code that replaces the login password of a service's account.
 * @param {string} service
 * @param {string} pin
 * @returns {Promise<import("./types.js").PasswordResetView>}
 */
export const resetPassword = (service, pin) => call("reset_password", { service, pin });

/**
 * @param {string} pin
 * @returns {Promise<void>}
 */
export const unlock = (pin) => call("unlock", { pin });

/**
 * @param {string} handle
 * @returns {Promise<import("./types.js").ChallengeView>}
 */
export const challenge = (handle) => call("challenge", { handle });

/**
 * @param {string} handle
 * @param {import("./types.js").NumberInput} number
 * @param {string} pin
 * @returns {Promise<import("./types.js").ResultView>}
 */
export const approve = (handle, number, pin) => call("approve", { handle, number, pin });

/**
 * @param {string} handle
 * @param {import("./types.js").DenyReason} reason
 * @returns {Promise<import("./types.js").ResultView>}
 */
export const deny = (handle, reason) => call("deny", { handle, reason });

/**
 * What was answered on this device at a service.
 * @param {string} service
 * @returns {Promise<import("./types.js").AnswersView>}
 */
export const answers = (service) => call("answers", { service });

/**
 * What happened to a service's account, as this device was told.
 * @param {string} service
 * @returns {Promise<import("./types.js").NoticesView>}
 */
export const notices = (service) => call("notices", { service });

/**
 * One notice in full. It counts as read from then on.
 * @param {string} service
 * @param {string} notice
 * @returns {Promise<import("./types.js").NoticeView>}
 */
export const notice = (service, notice) => call("notice", { service, notice });

/**
 * Objects to what a notice tells: stops a new device, or keeps one that is to leave.
 * @param {string} service
 * @param {string} notice
 * @returns {Promise<import("./types.js").NoticeView>}
 */
export const veto = (service, notice) => call("veto", { service, notice });

/**
 * The newest withdrawals of a service's account.
 * @param {string} service
 * @returns {Promise<import("./types.js").WithdrawalsView>}
 */
export const withdrawals = (service) => call("withdrawals", { service });

/**
 * The same with the next older ones.
 * @param {string} service
 * @returns {Promise<import("./types.js").WithdrawalsView>}
 */
export const olderWithdrawals = (service) => call("older_withdrawals", { service });

/**
 * One withdrawal of the list.
 * @param {string} service
 * @param {string} withdrawal
 * @returns {Promise<import("./types.js").WithdrawalView>}
 */
export const withdrawal = (service, withdrawal) => call("withdrawal", { service, withdrawal });

/**
 * Takes a withdrawal back.
 * @param {string} service
 * @param {string} withdrawal
 * @returns {Promise<import("./types.js").WithdrawalView>}
 */
export const recall = (service, withdrawal) => call("recall", { service, withdrawal });

/**
 * Saves a verified receipt where the person says; null when they chose no place.
 * @param {string} service
 * @param {string} withdrawal
 * @returns {Promise<import("./types.js").ReceiptView | null>}
 */
export const saveReceipt = (service, withdrawal) => call("save_receipt", { service, withdrawal });

/**
 * @param {import("./types.js").Language} language
 * @returns {Promise<void>}
 */
export const setLanguage = (language) => call("set_language", { language });

/**
 * @param {string} service
 * @param {string} name
 * @returns {Promise<void>}
 */
export const rename = (service, name) => call("rename", { service, name });

/**
 * @param {string} service
 * @returns {Promise<import("./types.js").RemovedView>}
 */
export const removeService = (service) => call("remove_service", { service });
