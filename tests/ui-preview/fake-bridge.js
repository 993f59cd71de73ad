// Stands in for app/ui/bridge.js in the preview: answers from scenes.js.

import { sample, scenes } from "./scenes.js";

const query = new URLSearchParams(location.search);
const all = sample(query.get("lang") ?? "ja");
const [state, steps] = (scenes[query.get("scene") ?? "home"] ?? scenes.home)(all);
let served = false;
/** Shows the scene's second state. */
let next = () => undefined;

const refuse = (code, ja, en, tries_left = null) => Promise.reject({ code, message: all.ja ? ja : en, tries_left });
const ok = () => Promise.resolve();

export const asError = (thrown) => (thrown && thrown.code !== undefined && thrown.message !== undefined ? thrown : (console.error(thrown), { code: 0, message: "" }));
export const waitForView = (since) => {
  if (state.broken) return refuse(2009, "パソコンの鍵の保管庫(キーリング)が開いていません。ロックを解除してから、もう一度お試しください。", "The keyring of this computer is locked. Please unlock it and try again.");
  if (!served) {
    served = true;
    setTimeout(press, 50);
    return Promise.resolve({ version: since + 1, view: state, opened: null, problem: null });
  }
  return new Promise((resolve) => (next = () => resolve({ version: since + 1, view: state.then, opened: null, problem: null })));
};
export const refresh = ok;
export const openLink = () => refuse(2012, "リンクを読み取れません。画面のリンクをもう一度コピーしてください。", "The link cannot be read. Please copy it again from the page.");
export const beginEnrolment = ok;
export const finishEnrolment = () => refuse(2002, "このPINは推測されやすいため使えません。並びや生年月日を避けた6桁の数字にしてください。", "This PIN is easy to guess. Choose six digits that are no sequence and no date.");
export const cancelEnrolment = ok;
export const unlock = ok;
export const challenge = (handle) => {
  const card = state.challenges.find((c) => c.handle === handle);
  const screen = { c2: all.payoutScreen, c3: all.accountScreen, c4: all.addressScreen }[handle] ?? all.loginScreen;
  return Promise.resolve({ handle, service: card.service, action: { c2: "withdrawal", c3: "payout_account" }[handle] ?? "login", screen, seconds_left: card.seconds_left, tries_left: null, pin_tries_left: null, number_filled: Boolean(state.linked) });
};
export const approve = () => {
  if (state.fail === "pin") return refuse(2001, "PINが違います。あと4回入力できます。", "That PIN is wrong. 4 tries left.", 4);
  if (state.fail === "number") return refuse(1305, "番号が違います。画面の番号をもう一度見てください。あと2回入力できます。", "That number does not match. Look at the page again. 2 tries left.", 2);
  if (state.challenges[0].handle === "c2") return Promise.resolve(all.payoutResult);
  return Promise.resolve({ outcome: "approved", service: all.hinode, heading: all.ja ? "承認しました" : "Approved", message: all.ja ? "元の画面が自動で進みます。" : "The page goes on by itself.", withdrawal: null });
};
export const deny = () => Promise.resolve({ outcome: "denied", withdrawal: null, service: all.hinode, heading: all.ja ? "止めました" : "Stopped", message: all.ja ? "見慣れない端末からの依頼は、パスワードを変えるまで届きません。パスワードが知られているおそれがあります。早めに変更してください。" : "Requests from unknown browsers stay blocked until you change your password. Someone may know it, so please change it soon." });
const offline = () => refuse(2005, "サーバーにつながりません。通信環境を確かめて、もう一度お試しください。", "The server cannot be reached. Please check your connection and try again.");
const never = () => new Promise(() => undefined);
export const withdrawals = () => {
  if (state.fail === "offline") return offline();
  if (state.fail === "slow") return never();
  return Promise.resolve({ service: all.hinode, withdrawals: state.fail === "none" ? [] : all.withdrawals, more: !state.fail, rest_elsewhere: false });
};
export const olderWithdrawals = withdrawals;
export const withdrawal = (_service, handle) => Promise.resolve(all.detail(all.withdrawals.find((card) => card.handle === handle) ?? all.withdrawals[0]));
export const recall = (_service, handle) => (state.fail === "recall" ? offline() : Promise.resolve(all.detail({ ...all.withdrawals[1], handle, state: "recalled", state_label: all.ja ? "取り消し済み" : "Taken back", recallable: false, until: null })));
export const saveReceipt = () => Promise.resolve({ file: "ダウンロード/warifu-receipt-W-261121-8FD3KQ20.json", in_log: true, message: all.ja ? "受領証を確かめて、保存しました。" : "The receipt was verified and saved." });
export const answers = () => Promise.resolve({ service: all.hinode, answers: state.fail === "none" ? [] : all.answers });
export const notices = () => Promise.resolve({ service: all.hinode, notices: state.fail === "none" ? [] : all.notices.map(({ handle, screen, at, unread }) => ({ handle, heading: screen.heading, at, unread, urgent: screen.urgent })) });
export const notice = (_service, handle) => Promise.resolve(all.noticeOf(handle));
export const veto = (_service, handle) => {
  if (state.fail === "veto") return offline();
  if (state.fail === "late") return refuse(1722, "この端末の解除は予定されていないか、すでに終わっています。画面を開き直してください。", "No removal of this device is waiting, or it has happened already. Please open the page again.");
  return Promise.resolve(all.vetoed(handle));
};
export const resetPassword = () => Promise.resolve({ service: all.hinode, code: "7K2M-9QXD-4TVB-8RHA", until: all.ja ? "2026年11月22日(日) 14:15 まで使えます。" : "It works until Sun 22 Nov 2026, 14:15 JST.", message: all.ja ? "いつものサイトを自分で開き、ログイン画面の「パスワードを忘れたとき」で、口座番号とこのコードを入力してください。" : "Open the firm's site yourself, choose “Forgot the password?” on the login page, and enter your account number and this code." });
export const setLanguage = ok;
export const rename = ok;
export const removeService = () => Promise.resolve({ server_told: true, message: "…" });

/** Walks the scene: `testid` (or `testid:2`, the second) is pressed, `testid=text` is typed, `wait` lets the approve button become live, `next` brings the second state. */
async function press() {
  for (const step of steps) {
    const [testid, text] = step.split(/=(.*)/s);
    if (testid === "wait") {
      await new Promise((resolve) => setTimeout(resolve, 900));
      continue;
    }
    if (testid === "next") {
      next();
      await new Promise((resolve) => setTimeout(resolve, 200));
      continue;
    }
    const [name, which = "1"] = testid.split(":");
    const element = document.querySelectorAll(`[data-testid="${name}"]`)[Number(which) - 1];
    if (!element) throw new Error(`no ${testid}`);
    if (text === undefined) element.click();
    else {
      element.focus();
      element.value = text;
      element.dispatchEvent(new Event("input"));
    }
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  document.title = "ready";
}
