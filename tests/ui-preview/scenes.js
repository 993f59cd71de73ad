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
    amount: null, payee: [], badges: login.badges,
    rows: ja
      ? [row("サービス", hinode), row("日時", "11月22日(日) 14:05"), row("場所", "東京都・日本"), row("回線", "さくら光ネット"), row("端末", "Windows の Firefox", "このブラウザからは初めてです")]
      : [row("Service", hinode), row("Time", "Sun 22 November, 14:05 JST"), row("Place", "Tokyo, Japan"), row("Network", "Sakura Hikari Net"), row("Device", "Firefox on Windows", "First time from this browser")],
  };
  const payoutScreen = {
    service: hinode, heading: payout.heading, question: ja ? "金額と振込先を確かめてください" : "Check the amount and the payee.",
    amount: ja ? "1,500,000円" : "JPY 1,500,000", badges: [],
    rows: ja
      ? [row("サービス", hinode), row("日時", "11月22日(日) 14:05"), row("振込先", "あおば銀行 (0001) 渋谷支店 (123)"), row("口座", "普通 1234567"), row("名義", "ヤマダ タロウ"), row("手数料", "0円"), row("受付番号", "W-2026-000091"), row("場所", "東京都・日本"), row("端末", "Windows の Firefox")]
      : [row("Service", hinode), row("Time", "Sun 22 November, 14:05 JST"), row("Pay to", "あおば銀行 (0001) 渋谷支店 (123)"), row("Account", "Ordinary 1234567"), row("Holder", "ヤマダ タロウ"), row("Fee", "JPY 0"), row("Reference", "W-2026-000091"), row("Place", "Tokyo, Japan"), row("Device", "Firefox on Windows")],
  };
  payoutScreen.payee = payoutScreen.rows.slice(2, 5);
  const base = { language: lang, phase: "ready", enrolment: null, services, challenges: [], ended: [], keystore_note: null };
  const note = ja
    ? "このパソコンには鍵の保管庫(キーリング)がないため、鍵はPINだけで守られます。起動のたびにPINを入力してください。"
    : "This computer has no keyring, so the keys are protected by your PIN alone. The PIN is asked at every start.";
  const preview = { service: hinode, origin: "https://auth.hinode.example", customer, account_hint: "****567", needs_fingerprint_first: true };
  const account = { handle: "c3", service: hinode, heading: ja ? "出金先口座の変更の承認" : "Approve a payout account", summary: ja ? "東京都・日本" : "Tokyo, Japan", badges: [], seconds_left: 95 };
  const accountScreen = {
    ...payoutScreen, heading: account.heading, amount: null,
    question: ja ? "これからの出金は、この口座に振り込まれます。ご自分の口座ですか?" : "Withdrawals will go to this account from now on. Is it yours?",
    rows: payoutScreen.rows.filter((_, at) => ![5, 6].includes(at)),
  };
  const address = { ...account, handle: "c4", heading: ja ? "認証メールアドレスの変更の承認" : "Approve a mail address" };
  const addressScreen = {
    ...loginScreen, heading: address.heading,
    question: ja ? "これからの認証コードとお知らせは、このアドレスに届きます。ご自分のアドレスですか?" : "Codes and notices will go to this address from now on. Is it yours?",
    rows: [
      ...loginScreen.rows.slice(0, 2), row(ja ? "いまのアドレス" : "Present address", "taro.yamada@mail.example"),
      row(ja ? "新しいアドレス" : "New address", "taro.yamada.new@another-mail.example"), ...loginScreen.rows.slice(2),
    ],
  };
  const until = ja ? "2026年11月23日(月) 14:05" : "Mon 23 November 2026, 14:05 JST";
  const withdrawals = money(ja, until);
  const meaning = ja ? "{until} まで取り消せます。その後、自動で振り込みます。" : "You can take it back until {until}. After that it is paid by itself.";
  const held = meaning.replace("{until}", until);
  const payoutResult = {
    outcome: "approved", service: hinode, heading: ja ? "承認しました" : "Approved", withdrawal: { service: "s1", handle: "w2", refused: false },
    message: `${held}\n${ja ? "受付番号" : "Reference"}: W-261122-7KQ2MX9A`,
  };
  const detail = (card) => ({
    ...card, service: hinode, reason: card.state === "refused" ? 1606 : null, has_receipt: card.state !== "pending",
    message: { held, refused: ja ? "出金できる残高を超えています。金額を減らしてください。お金は動いていません。" : "This is more than can be withdrawn. Please enter a smaller amount. No money was moved.", recalled: ja ? "お金は動いていません。" : "No money was moved.", paid: ja ? "振込の手続きが終わりました。" : "The money is on its way to your bank." }[card.state] ?? "…",
    rows: [
      ...payoutScreen.rows.slice(2, 6), row(ja ? "受付番号" : "Reference", card.reference), row(ja ? "ご依頼" : "Requested", card.created_at),
      row(ja ? "承認" : "Approved", card.created_at), ...(card.until ? [row(ja ? "お預かりの期限" : "On hold until", card.until)] : []),
    ],
  });
  return { ...news(ja, hinode), base, services, login, payout, account, loginScreen, payoutScreen, accountScreen, address, addressScreen, note, preview, hinode, ja, withdrawals, detail, payoutResult };
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
  reset: (s) => [s.base, ["home-settings", "reset-password", "pin=20615"]],
  "reset-code": (s) => [s.base, ["home-settings", "reset-password", "pin=206159", "reset-send"]],
  "mail-address": (s) => [{ ...s.base, challenges: [s.address] }, ["challenge-open"]],
  "payout-account": (s) => [{ ...s.base, challenges: [s.account] }, ["challenge-open", "number=206159"]],
  "payout-approved": (s) => [{ ...s.base, challenges: [s.payout] }, ["challenge-open", "number=206159", "to-pin", "pin=206159", "wait", "approve"]],
  withdrawals: (s) => [s.base, ["service-withdrawals"]],
  "withdrawals-none": (s) => [{ ...s.base, fail: "none" }, ["service-withdrawals"]],
  "withdrawals-offline": (s) => [{ ...s.base, fail: "offline" }, ["service-withdrawals"]],
  "withdrawals-slow": (s) => [{ ...s.base, fail: "slow" }, ["service-withdrawals", "wait"]],
  "withdrawal-held": (s) => [s.base, ["service-withdrawals", "withdrawal-card:2"]],
  "withdrawal-refused": (s) => [s.base, ["service-withdrawals", "withdrawal-card:4"]],
  "withdrawal-recall": (s) => [s.base, ["service-withdrawals", "withdrawal-card:2", "take-back"]],
  "withdrawal-recall-offline": (s) => [{ ...s.base, fail: "recall" }, ["service-withdrawals", "withdrawal-card:2", "take-back", "recall-confirm"]],
  "withdrawal-recalled": (s) => [s.base, ["service-withdrawals", "withdrawal-card:2", "take-back", "recall-confirm"]],
  "withdrawal-receipt": (s) => [s.base, ["service-withdrawals", "withdrawal-card:3", "save-receipt"]],
  notices: (s) => [s.base, ["service-notices"]],
  "notices-none": (s) => [{ ...s.base, fail: "none" }, ["service-notices"]],
  notice: (s) => [s.base, ["service-notices", "notice-card:3"]],
  "notice-registered": (s) => [s.base, ["service-notices", "notice-card:1"]],
  "notice-veto": (s) => [s.base, ["service-notices", "notice-card:1", "veto-registration"]],
  "notice-veto-offline": (s) => [{ ...s.base, fail: "veto" }, ["service-notices", "notice-card:1", "veto-registration", "veto-confirm"]],
  "notice-vetoed": (s) => [s.base, ["service-notices", "notice-card:1", "veto-registration", "veto-confirm"]],
  "notice-leaving": (s) => [s.base, ["service-notices", "notice-card:2"]],
  "notice-leaving-late": (s) => [{ ...s.base, fail: "late" }, ["service-notices", "notice-card:2", "veto-removal"]],
  "notice-stays": (s) => [s.base, ["service-notices", "notice-card:2", "veto-removal"]],
  suspended: (s) => [{ ...s.base, services: [{ ...s.services[0], state: "suspended", note: s.suspended }] }, []],
  answered: (s) => [{ ...s.base, challenges: [s.login], then: { ...s.base, ended: [s.answered] } }, ["challenge-open", "next"]],
  deny: (s) => [{ ...s.base, challenges: [s.login] }, ["challenge-open", "refuse"]],
  approved: (s) => [{ ...s.base, challenges: [s.login] }, ["challenge-open", "number=493817", "to-pin", "pin=206159", "wait", "approve"]],
  denied: (s) => [{ ...s.base, challenges: [s.login] }, ["challenge-open", "refuse", "deny-not_me"]],
  expired: (s) => [{ ...s.base, challenges: [{ ...s.login, seconds_left: 0 }] }, ["challenge-open"]],
  locked: (s) => [{ ...s.base, phase: "locked", keystore_note: s.note }, ["pin-unlock=493"]],
  answers: (s) => [s.base, ["home-settings", "answers"]],
  "answers-none": (s) => [{ ...s.base, fail: "none" }, ["home-settings", "answers"]],
  settings: (s) => [s.base, ["home-settings"]],
  remove: (s) => [s.base, ["home-settings", "remove-service"]],
  fatal: (s) => [{ ...s.base, broken: true }, []],
};

/** What happened to an account: the words of shared/src/display/notice.rs. */
function news(ja, hinode) {
  const say = (here, there) => (ja ? here : there);
  const at = (time) => say(`2026年11月22日(日) ${time}`, `Sun 22 November 2026, ${time} JST`);
  const until = say("2026年11月23日(月) 14:05", "Mon 23 November 2026, 14:05 JST");
  const scene = (time) => [row(say("日時", "Time"), at(time)), row(say("場所", "Place"), say("東京都・日本", "Tokyo, Japan")), row(say("ブラウザ", "Browser"), "Firefox 145 / Windows")];
  const one = (handle, time, unread, heading, text, advice, rows, more = {}) => ({
    handle, service: hinode, at: at(time), unread, device: null, veto: null, vetoed: null,
    screen: { heading, text, advice, urgent: unread || Boolean(more.veto), rows: [...scene(time), ...rows] }, ...more,
  });
  const password = say("心当たりがないときは、すぐにサイトでパスワードを変更し、当社にご連絡ください。", "If this was not you, change your password on our site now and call us.");
  const notices = [
    one("n1", "14:05", true, say("新しい端末が登録されました", "A new device was registered"), say("この端末でも、ログインや出金を承認できるようになりました。", "It can approve logins and withdrawals from now on."),
      say("心当たりがないときは、下のボタンですぐに止めて、当社にご連絡ください。", "If this was not you, stop it now with the button below and call us."),
      [row(say("端末", "Device"), "タロウのPixel 10"), row(say("止める期限", "Stop by"), until)], { device: "タロウのPixel 10", veto: "registration" }),
    one("n2", "13:58", true, say("最後の端末の解除を受け付けました", "Your last device is about to be removed"), say("期限を過ぎると、アプリでの承認ができなくなります。", "After that time nothing can be approved in the app."),
      say("心当たりがないときや、まだ使うときは、下のボタンで解除を取りやめてください。", "If this was not you, or you still use the device, keep it with the button below."),
      [row(say("端末", "Device"), "ThinkPad X1"), row(say("解除の日時", "Removed at"), until)], { device: "ThinkPad X1", veto: "removal" }),
    one("n3", "9:12", false, say("ログインがありました", "Someone logged in"), say("ログインの手続きが完了しました。", "The login was completed."), password, []),
    one("n4", "9:10", false, say("出金が承認されました", "A withdrawal was approved"), say("金額と振込先は「出金の履歴」で確かめられます。", "Amount and payee are under “Withdrawals”."), password, [row(say("受付番号", "Reference"), "W-261122-7KQ2MX9A")]),
  ];
  const done = {
    n1: say("この端末の登録を取り消しました。この端末ではもう承認できません。サイトでパスワードを変更し、当社にご連絡ください。", "The registration was undone, and that device can approve nothing. Change your password on our site and call us."),
    n2: say("端末の解除を取りやめました。心当たりのない申し込みだったときは、サイトでパスワードを変更し、当社にご連絡ください。", "The device stays. If the removal was not yours, change your password on our site and call us."),
  };
  const noticeOf = (handle) => notices.find((it) => it.handle === handle) ?? notices[0];
  return {
    notices, noticeOf,
    answers: [
      { what: say("出金", "Withdrawal"), answer: say("承認しました", "Approved"), approved: true, at: at("14:05") },
      { what: say("ログイン", "Login"), answer: say("止めました(私ではありません)", "Stopped: not me"), approved: false, at: at("13:40") },
      { what: say("大切な変更の前の確認", "Confirmation before a change"), answer: say("承認しませんでした(内容が違います)", "Not approved: wrong details"), approved: false, at: at("9:12") },
    ],
    vetoed: (handle) => ({ ...noticeOf(handle), veto: null, vetoed: done[handle] }),
    suspended: say("この端末の利用は止められています。承認はできません。ご自身で止めたときは、サイトの「端末」から再開できます。心当たりがないときは、窓口へご連絡ください。", "This device is suspended and approves nothing. If you did that, resume it on the site under “Devices”. If not, please contact the firm."),
    answered: {
      handle: "c1", heading: say("ほかの端末で回答済みです", "Another device answered"),
      message: say("11月22日(日) 14:05 に「Pixel 10」で承認されました。\n心当たりがないときは、すぐにパスワードを変更し、当社にご連絡ください。", "It was approved on “Pixel 10”, Sun 22 November, 14:05 JST.\nIf this was not you, change your password now and call us."),
    },
  };
}

/** A withdrawal in each state that people meet often. */
function money(ja, until) {
  const card = (handle, reference, yen, state, label, day) => ({
    handle, reference, amount: ja ? `${yen}円` : `JPY ${yen}`, state, state_label: ja ? label[0] : label[1], payee: "あおば銀行 ヤマダ タロウ",
    created_at: ja ? `2026年${day[0]}` : `${day[1].replace(",", " 2026,")} JST`, until: state === "held" ? until : null, recallable: state === "held",
  });
  return [
    card("w1", "W-261122-91PZ4C7M", "20,000", "pending", ["承認待ち", "Waiting for approval"], ["11月22日(日) 14:32", "Sun 22 November, 14:32"]),
    card("w2", "W-261122-7KQ2MX9A", "1,500,000", "held", ["お預かり中", "On hold"], ["11月22日(日) 14:05", "Sun 22 November, 14:05"]),
    card("w3", "W-261121-8FD3KQ20", "300,000", "paid", ["振込済み", "Paid"], ["11月21日(土) 9:12", "Sat 21 November, 9:12"]),
    card("w4", "W-261118-Q0Z7NR31", "8,000,000", "refused", ["出金できません", "Refused"], ["11月18日(水) 18:40", "Wed 18 November, 18:40"]),
    card("w5", "W-261102-5B2XK8TD", "12,345,678", "recalled", ["取り消し済み", "Taken back"], ["11月2日(月) 11:03", "Mon 2 November, 11:03"]),
  ];
}

function service(handle, name, customer, account_hint, state, connection, origin) {
  return { handle, name, customer, account_hint, device_name: "ThinkPad X1", state, connection, origin, unread: handle === "s1" ? 2 : 0, protection: "keystore", key_thumbprint_short: "kPrK_qmx", note: null };
}

function row(label, value, note) {
  return { label, value, note: note ? { text: note, tone: "attention" } : null };
}
