// What to show at the end of a request: after a decision of this device, or without one.

import { t } from "../i18n.js";

/**
 * @param {import("../types.js").CoreError} error
 * @returns {import("../types.js").Result}
 */
export function ending(error) {
  switch (error.code) {
    case 1302:
      return { kind: "expired", heading: t("challenge.expiredHeading"), message: t("challenge.expiredMessage") };
    case 1301:
    case 1303:
    case 2013:
      return { kind: "ended", heading: t("challenge.endedHeading"), message: t("challenge.endedMessage") };
    case 1306:
      return { kind: "tries_used", heading: t("challenge.triesHeading"), message: error.message, code: error.code };
    default:
      return { kind: "ended", heading: t("challenge.triesHeading"), message: error.message || t("app.failed"), code: error.code };
  }
}

/**
 * What the server recorded. An approval that led to nothing is no success.
 * @param {import("../types.js").ResultView} result
 * @returns {import("../types.js").Result}
 */
export function decided({ outcome, heading, message, service, withdrawal }) {
  const kind = withdrawal?.refused ? "ended" : outcome;
  return { kind, heading, message, service, ...(withdrawal ? { withdrawal } : {}) };
}
