// The made-up states of the preview: what a core would push, and what to press to reach the screen.

/** @param {string} lang */
export function sample(lang) {
  const ja = lang === "ja";
  const hinode = ja ? "ひので証券" : "Hinode Securities";
  const aoba = ja ? "あおば信託銀行" : "Aoba Trust Bank";
  const customer = ja ? "山田 太郎" : "Taro Yamada";
  const services = [
    service("s1", hinode, customer, "****567", "active", "online", "https://auth.hinode.example"),
    service("s2", aoba, customer, "****012", "active", "offline", "https://auth.aoba.example"),
  ];
  const login = {
    handle: "c1", service: hinode, heading: ja ? "ログインの承認" : "Approve a login",
    summary: ja ? "東京都・日本 / Windows の Firefox" : "Tokyo, Japan / Firefox on Windows",
    badges: [ja ? "はじめてのブラウザ" : "New browser"], seconds_left: 82,
  };
  const payout = {
    handle: "c2", service: hinode, heading: ja ? "出金の承認" : "Approve a withdrawal",
    summary: ja ? "1,500,000円 / 東京都・日本" : "JPY 1,500,000 / Tokyo, Japan", badges: [], seconds_left: 27,
  };
  const loginScreen = {
    service: hinode, heading: ja ? "ログインの承認" : "Approve a login", question: ja ? "あなたの操作ですか?" : "Is this you?",
    amount: null, badges: login.badges,
    rows: ja
      ? [row("サービス", hinode), row("日時", "11月22日(日) 14:05"), row("場所", "東京都・日本"), row("回線", "さくら光ネット"), row("端末", "Windows の Firefox", "このブラウザからは初めてです")]
      : [row("Service", hinode), row("Time", "Sun 22 November, 14:05 JST"), row("Place", "Tokyo, Japan"), row("Network", "Sakura Hikari Net"), row("Device", "Firefox on Windows", "First time from this browser")],
  };
  const payoutScreen = {
    service: hinode, heading: payout.heading, question: ja ? "金額と振込先を確かめてください" : "Check the amount and the payee.",
    amount: ja ? "1,500,000円" : "JPY 1,500,000", badges: [],
    rows: ja
      ? [row("サービス", hinode), row("日時", "11月22日(日) 14:05"), row("振込先", "あおば銀行 渋谷支店"), row("口座", "普通 1234567"), row("名義", "ヤマダ タロウ"), row("手数料", "0円"), row("受付番号", "W-2026-000091"), row("場所", "東京都・日本"), row("端末", "Windows の Firefox")]
      : [row("Service", hinode), row("Time", "Sun 22 November, 14:05 JST"), row("Payee", "Aoba Bank, Shibuya branch"), row("Account", "Ordinary 1234567"), row("Name", "ヤマダ タロウ"), row("Fee", "JPY 0"), row("Reference", "W-2026-000091"), row("Place", "Tokyo, Japan"), row("Device", "Firefox on Windows")],
  };
  const base = { language: lang, phase: "ready", enrolment: null, services, challenges: [], keystore_note: null };
  const note = ja
    ? "このパソコンには鍵の保管庫(キーリング)がないため、鍵はPINだけで守られます。起動のたびにPINを入力してください。"
    : "This computer has no keyring, so the keys are protected by your PIN alone. The PIN is asked at every start.";
  const preview = { service: hinode, origin: "https://auth.hinode.example", customer, account_hint: "****567", needs_fingerprint_first: true };
  return { base, services, login, payout, loginScreen, payoutScreen, note, preview, hinode, ja };
}

/** name -> [the state, the steps to press or type] @type {Record<string, (s: any) => [any, string[]]>} */
export const scenes = {
  first: (s) => [{ ...s.base, phase: "first_start", services: [], keystore_note: s.note }, []],
  "enrol-link": (s) => [{ ...s.base, phase: "first_start", services: [] }, ["start-enrolment"]],
  "enrol-code": (s) => [{ ...s.base, phase: "first_start", services: [] }, ["start-enrolment", "enrol-by-code", "enrol-submit"]],
  "enrol-error": (s) => [{ ...s.base, phase: "first_start", services: [] }, ["start-enrolment", "enrol-link=warifu://enrol?o=x", "enrol-submit"]],
  "pin-preview": (s) => [{ ...s.base, phase: "first_start", services: [], enrolment: { stage: "preview", preview: s.preview } }, []],
  "pin-choose": (s) => [{ ...s.base, phase: "first_start", services: [], enrolment: { stage: "preview", preview: s.preview } }, ["preview-continue", "pin-first=4938"]],
  "pin-weak": (s) => [{ ...s.base, phase: "first_start", services: [], enrolment: { stage: "preview", preview: s.preview } }, ["preview-continue", "pin-first=123456", "pin-next", "pin-again=123456", "pin-finish"]],
  fingerprint: (s) => [{ ...s.base, enrolment: { stage: "fingerprint", fingerprint: { service: "s1", name: s.hinode, fingerprint: "493817" } } }, []],
  home: (s) => [s.base, []],
  "home-one": (s) => [{ ...s.base, services: [s.services[0]], challenges: [s.login] }, []],
  "home-two": (s) => [{ ...s.base, challenges: [s.login, s.payout] }, []],
  "home-states": (s) => [{ ...s.base, keystore_note: s.note, services: [{ ...s.services[0], state: "pending" }, { ...s.services[1], state: "revoked", note: s.ja ? "この端末の登録は解除されています。削除して、もう一度登録してください。" : "This device was removed at the firm. Remove it here and register again." }] }, []],
  login: (s) => [{ ...s.base, challenges: [s.login] }, ["challenge-open", "number=4938"]],
  "login-keypad": (s) => [{ ...s.base, challenges: [s.login] }, ["challenge-open", "toggle-keypad", "key-4", "key-9"]],
  "login-link": (s) => [{ ...s.base, challenges: [s.login], linked: true }, ["challenge-open"]],
  payout: (s) => [{ ...s.base, challenges: [s.payout] }, ["challenge-open", "number=206159"]],
  pin: (s) => [{ ...s.base, challenges: [s.login] }, ["challenge-open", "number=493817", "to-pin", "pin=20615"]],
  "payout-pin": (s) => [{ ...s.base, challenges: [{ ...s.payout, seconds_left: 80 }] }, ["challenge-open", "number=206159", "to-pin", "pin=206159", "wait"]],
  "pin-wrong": (s) => [{ ...s.base, challenges: [s.login], fail: "pin" }, ["challenge-open", "number=493817", "to-pin", "pin=206159", "wait", "approve"]],
  "number-wrong": (s) => [{ ...s.base, challenges: [s.login], fail: "number" }, ["challenge-open", "number=493817", "to-pin", "pin=206159", "wait", "approve"]],
  deny: (s) => [{ ...s.base, challenges: [s.login] }, ["challenge-open", "refuse"]],
  approved: (s) => [{ ...s.base, challenges: [s.login] }, ["challenge-open", "number=493817", "to-pin", "pin=206159", "wait", "approve"]],
  denied: (s) => [{ ...s.base, challenges: [s.login] }, ["challenge-open", "refuse", "deny-not_me"]],
  expired: (s) => [{ ...s.base, challenges: [{ ...s.login, seconds_left: 0 }] }, ["challenge-open"]],
  locked: (s) => [{ ...s.base, phase: "locked", keystore_note: s.note }, ["pin-unlock=493"]],
  settings: (s) => [s.base, ["home-settings"]],
  remove: (s) => [s.base, ["home-settings", "remove-service"]],
  fatal: (s) => [{ ...s.base, broken: true }, []],
};

function service(handle, name, customer, account_hint, state, connection, origin) {
  return { handle, name, customer, account_hint, device_name: "ThinkPad X1", state, connection, origin, protection: "keystore", key_thumbprint_short: "kPrK_qmx", note: null };
}

function row(label, value, note) {
  return { label, value, note: note ? { text: note, tone: "attention" } : null };
}
