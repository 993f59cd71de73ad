// The shapes that the core sends: display strings in the current language and opaque handles, never keys.

/** @typedef {"ja" | "en"} Language */
/** @typedef {"first_start" | "locked" | "ready"} Phase */
/** @typedef {"pending" | "active" | "suspended" | "revoked" | "unreachable" | "locked" | "key_lost"} ServiceState */
/** @typedef {"online" | "connecting" | "offline"} Connection */
/** @typedef {"cancelled" | "not_me" | "phone" | "wrong_details"} DenyReason */
/** @typedef {"login" | "withdrawal" | "payout_account" | "mail_address" | "test" | "confirm"} Action */
/** @typedef {"pending" | "second" | "held" | "queued" | "placed" | "paid" | "refused" | "denied" | "expired" | "cancelled" | "recalled"} WithdrawalState */

/**
 * A service that this device is registered at.
 * @typedef {object} ServiceView
 * @property {string} handle
 * @property {string} name
 * @property {string} customer
 * @property {string} account_hint
 * @property {string} device_name
 * @property {ServiceState} state
 * @property {Connection} connection
 * @property {string} origin
 * @property {"keystore" | "pin_only"} protection
 * @property {string} key_thumbprint_short
 * @property {string | null} note
 * @property {number} unread how many of its notices were not opened yet
 */

/**
 * A waiting request as the home screen lists it.
 * @typedef {object} ChallengeCard
 * @property {string} handle
 * @property {string} service
 * @property {string} heading
 * @property {string} summary
 * @property {string[]} badges
 * @property {number} seconds_left
 */

/**
 * Who asks to register this device, as the server answered to the code.
 * @typedef {object} EnrolPreview
 * @property {string} service
 * @property {string} origin
 * @property {string} customer
 * @property {string} account_hint
 * @property {boolean} needs_fingerprint_first
 */

/**
 * @typedef {object} FingerprintView
 * @property {string} service the handle of the service that waits
 * @property {string} name
 * @property {string} fingerprint
 */

/**
 * @typedef {{ stage: "preview", preview: EnrolPreview }
 *   | { stage: "fingerprint", fingerprint: FingerprintView }} EnrolmentView
 */

/**
 * @typedef {object} AppView
 * @property {Language} language
 * @property {Phase} phase
 * @property {EnrolmentView | null} enrolment
 * @property {ServiceView[]} services
 * @property {ChallengeCard[]} challenges
 * @property {EndedCard[]} ended
 * @property {string | null} keystore_note
 */

/**
 * One line of a request's details. The core renders it from the signed bytes.
 * @typedef {object} Row
 * @property {string} label
 * @property {string} value
 * @property {{ text: string, tone: string } | null} [note]
 */

/**
 * @typedef {object} Screen
 * @property {string} service
 * @property {string} heading
 * @property {string} question
 * @property {Row[]} rows
 * @property {string | null} amount
 * @property {Row[]} payee
 * @property {string[]} badges
 */

/**
 * @typedef {object} ChallengeView
 * @property {string} handle
 * @property {string} service
 * @property {Action} action
 * @property {Screen} screen
 * @property {number} seconds_left
 * @property {number | null} tries_left
 * @property {boolean} number_filled
 * @property {number | null} pin_tries_left
 */

/**
 * What the server recorded.
 * @typedef {object} ResultView
 * @property {"approved" | "denied"} outcome
 * @property {string} service
 * @property {string} heading
 * @property {string} message
 * @property {WithdrawalLink | null} withdrawal
 */

/**
 * Where an approved withdrawal is found.
 * @typedef {object} WithdrawalLink
 * @property {string} service
 * @property {string} handle
 * @property {boolean} refused
 */

/**
 * @typedef {object} WithdrawalCard
 * @property {string} handle
 * @property {string} reference
 * @property {string} amount
 * @property {WithdrawalState} state
 * @property {string} state_label
 * @property {string} payee
 * @property {string} created_at
 * @property {string | null} until
 * @property {boolean} recallable
 */

/**
 * @typedef {object} WithdrawalsView
 * @property {string} service
 * @property {WithdrawalCard[]} withdrawals
 * @property {boolean} more
 * @property {boolean} rest_elsewhere
 */

/**
 * @typedef {object} WithdrawalView
 * @property {string} handle
 * @property {string} service
 * @property {string} reference
 * @property {string} amount
 * @property {WithdrawalState} state
 * @property {string} state_label
 * @property {string} message
 * @property {number | null} reason
 * @property {Row[]} rows
 * @property {boolean} recallable
 * @property {boolean} has_receipt
 */

/**
 * A request that another device or the page answered while it was listed here.
 * @typedef {object} EndedCard
 * @property {string} handle the handle that it had
 * @property {string} heading
 * @property {string} message
 */

/**
 * @typedef {object} NoticesView
 * @property {string} service
 * @property {NoticeCard[]} notices newest first
 */

/**
 * @typedef {object} NoticeCard
 * @property {string} handle
 * @property {string} heading
 * @property {string} at
 * @property {boolean} unread
 * @property {boolean} urgent
 */

/**
 * @typedef {object} NoticeView
 * @property {string} handle
 * @property {string} service
 * @property {{ heading: string, text: string, advice: string, rows: Row[], urgent: boolean }} screen
 * @property {string | null} device the name of the device that it is about
 * @property {"registration" | "removal" | null} veto what this device can object to
 * @property {string | null} vetoed what came of its objection
 */

/**
 * @typedef {object} ReceiptView
 * @property {string} file
 * @property {boolean} in_log
 * @property {string} message
 */

/**
 * @typedef {object} PasswordResetView
 * @property {string} service
 * @property {string} code
 * @property {string} until
 * @property {string} message
 */

/**
 * @typedef {object} RemovedView
 * @property {boolean} server_told
 * @property {string} message
 */

/**
 * A link that the operating system handed over.
 * @typedef {object} LinkTarget
 * @property {"enrol" | "challenge"} kind
 * @property {string} [handle]
 * @property {boolean} [number_filled]
 */

/**
 * A refusal with a sentence to act on.
 * @typedef {object} CoreError
 * @property {number} code
 * @property {string} message
 * @property {number | null} [tries_left]
 */

/**
 * @typedef {object} AnswerCard
 * @property {string} what what was asked for, in a word
 * @property {string} answer
 * @property {boolean} approved
 * @property {string} at
 */

/**
 * What was answered on this device at one service.
 * @typedef {object} AnswersView
 * @property {string} service
 * @property {AnswerCard[]} answers newest first
 */

/**
 * What the shell answers to `wait_for_view`.
 * @typedef {object} Snapshot
 * @property {number} version
 * @property {AppView} view
 * @property {LinkTarget | null} opened a link that was opened since the last snapshot
 * @property {CoreError | null} problem why such a link could not be opened
 */

/**
 * How the number came in: typed here, or brought by a link that the core keeps to itself.
 * @typedef {{ via: "typed", digits: string } | { via: "link" }} NumberInput
 */

/**
 * Which screen the person chose, as far as the core's state leaves a choice.
 * @typedef {{ name: "home" }
 *   | { name: "enrol-input" }
 *   | { name: "settings" }
 *   | { name: "challenge", handle: string }
 *   | { name: "reset", service: string }
 *   | { name: "answers", service: string }
 *   | { name: "notices", service: string }
 *   | { name: "notice", service: string, handle: string }
 *   | { name: "withdrawals", service: string }
 *   | { name: "withdrawal", service: string, handle: string }
 *   | { name: "result", result: Result }} Route
 */

/**
 * The end of something: what happened, what it means, what to do next.
 * @typedef {object} Result
 * @property {"approved" | "denied" | "expired" | "tries_used" | "ended" | "enrolled" | "removed"} kind
 * @property {string} heading
 * @property {string} message
 * @property {string} [service]
 * @property {number} [code]
 * @property {string} [reset] the service whose login password should be replaced now
 * @property {WithdrawalLink} [withdrawal] the withdrawal that was approved
 */

/**
 * What a view gets.
 * @typedef {object} Context
 * @property {() => AppView} view the newest state
 * @property {(route: Route) => void} go
 * @property {(text: string) => void} announce reads a sentence out to assistive technology
 */

/**
 * A mounted view.
 * @typedef {object} Mounted
 * @property {HTMLElement} root
 * @property {(view: AppView) => void} [update]
 * @property {() => void} [leave]
 */

export {};
