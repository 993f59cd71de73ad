//! Numbered error codes: one stable list for the device API, the pages and the app, with a sentence to act on.

use crate::api::Bilingual;

macro_rules! codes {
    ($($number:literal $name:ident $status:literal $ja:literal $en:literal;)*) => {
        /// A refusal. The number and the name never change their meaning; see `docs/errors.md`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $(#[doc = $en] $name,)*
        }

        impl ErrorCode {
            /// Every code, in order of its number.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable number.
            #[must_use]
            pub const fn number(self) -> u16 {
                match self { $(Self::$name => $number,)* }
            }

            /// The stable name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// The HTTP status that goes with it.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }

            /// The sentence in Japanese.
            #[must_use]
            pub const fn ja(self) -> &'static str {
                match self { $(Self::$name => $ja,)* }
            }

            /// The sentence in English.
            #[must_use]
            pub const fn en(self) -> &'static str {
                match self { $(Self::$name => $en,)* }
            }
        }
    };
}

codes! {
    1001 BadRequest 400 "送られた内容を読み取れませんでした。もう一度やり直してください。" "The request could not be read. Please try again.";
    1002 NotFound 404 "見つかりませんでした。画面を開き直してください。" "Nothing was found here. Please open the page again.";
    1003 MethodNotAllowed 405 "この操作はできません。" "This is not possible here.";
    1004 TooLarge 413 "送られた内容が大きすぎます。" "The request is too large.";
    1005 TooManyRequests 429 "操作が続いたため、少しお待ちいただいています。時間をおいてもう一度お試しください。" "There were too many requests. Please wait a little and try again.";
    1006 Internal 500 "処理中に問題が起きました。時間をおいてもう一度お試しください。" "Something went wrong on our side. Please try again later.";
    1007 Unavailable 503 "ただいま利用できません。少し待ってからもう一度お試しください。" "The service is not available right now. Please try again in a moment.";
    1008 CrossSite 403 "別の画面からの操作は受け付けられません。画面を開き直してください。" "This request came from another page. Please open the page again.";
    1009 StaleForm 403 "画面の有効期限が切れました。開き直してもう一度お試しください。" "This page has expired. Please open it again.";
    1101 SignatureMissing 401 "端末の署名がありません。アプリを更新してください。" "The device's signature is missing. Please update the app.";
    1102 SignatureInvalid 401 "端末の署名を確かめられませんでした。" "The device's signature could not be verified.";
    1103 SignatureExpired 401 "端末の時計がずれています。もう一度お試しください。" "The device's clock is off. Please try again.";
    1104 SignatureReplayed 401 "同じ要求がすでに届いています。もう一度操作してください。" "This request was already received. Please repeat the action.";
    1105 DigestMismatch 400 "内容が途中で変わっています。通信環境を確かめてください。" "The content was changed on the way. Please check your connection.";
    1201 EnrolmentCodeUnknown 404 "登録コードが違うか、すでに使われています。画面で新しいコードを表示してください。" "The enrolment code is wrong or was already used. Please show a new code on the page.";
    1202 EnrolmentCodeExpired 410 "登録コードの有効期限が切れました。画面で新しいコードを表示してください。" "The enrolment code has expired. Please show a new code on the page.";
    1203 EnrolmentTokenInvalid 400 "端末の鍵を確かめられませんでした。登録をはじめからやり直してください。" "The device's keys could not be verified. Please start the registration again.";
    1204 KeyRefused 400 "この鍵は使えません。登録をはじめからやり直してください。" "These keys cannot be used. Please start the registration again.";
    1205 TooManyDevices 409 "登録できる端末の数を超えています。使わない端末を解除してください。" "There are too many devices on this account. Please remove one that you no longer use.";
    1206 DeviceNotActive 403 "この端末はまだ使えません。画面で確認を済ませてください。" "This device is not active yet. Please finish the confirmation on the page.";
    1207 DeviceRevoked 403 "この端末の登録は解除されています。もう一度登録してください。" "This device was removed. Please register it again.";
    1208 DeviceSuspended 403 "この端末は一時停止されています。別の端末で承認すると、端末の画面から元に戻せます。" "This device is suspended. An approval on another device lifts that on the devices page.";
    1301 ChallengeNotFound 404 "この依頼は見つかりません。" "This request was not found.";
    1302 ChallengeExpired 410 "有効時間が過ぎました。画面からもう一度やり直してください。" "The time for this request is over. Please start again from the page.";
    1303 ChallengeClosed 409 "この依頼はすでに終わっています。" "This request has already ended.";
    1304 ApprovalInvalid 400 "承認の内容を確かめられませんでした。もう一度お試しください。" "The approval could not be verified. Please try again.";
    1305 NumberWrong 403 "番号が違います。画面の番号をもう一度見てください。" "That number does not match. Look at the page again.";
    1306 NumberTriesUsed 403 "番号を続けて間違えたため、この依頼を終わりにしました。画面からもう一度やり直してください。" "The number was wrong too often, so this request has ended. Please start again from the page.";
    1307 LinkNotAccepted 403 "このリンクからは番号を受け取れません。画面の番号を入力してください。" "The number cannot be taken from this link. Please type the number that the page shows.";
    1308 AccountLocked 423 "間違いが続いたため、一時的に止めています。時間をおいてもう一度お試しください。" "Too many mistakes in a row. This is paused for a while; please try again later.";
    1309 ApproverDisabled 423 "間違いが多すぎるため、承認を停止しました。窓口へご連絡ください。" "There were too many mistakes, so approvals are stopped. Please contact us.";
    1401 CodeWrong 403 "コードが違います。メールのコードをもう一度見てください。" "That code does not match. Please look at the mail again.";
    1402 CodeExpired 410 "コードの有効時間が過ぎました。新しいコードを送ってください。" "The code has expired. Please send a new one.";
    1403 CodeSuperseded 410 "このコードは、新しいコードを送ったため使えなくなりました。いちばん新しいメールのコードを入力してください。" "This code was replaced by a newer one. Please enter the code from the latest mail.";
    1404 CodeTriesUsed 403 "間違いが続いたため、このコードは使えなくなりました。新しいコードを送ってください。" "Too many wrong tries. This code no longer works; please send a new one.";
    1405 CodeResendTooSoon 429 "前のメールから時間がたっていません。少し待ってから送り直してください。" "The last mail was sent a moment ago. Please wait before sending another.";
    1501 LoginRefused 403 "口座番号またはパスワードが違うか、一時的にログインできません。" "The account number or password is wrong, or login is not possible at the moment.";
    1502 SessionEnded 401 "ログアウトしました。もう一度ログインしてください。" "You are logged out. Please log in again.";
    1503 TooManyOpenLogins 409 "ほかのログインの依頼が残っています。その画面で承認するか、少し待ってからもう一度お試しください。" "Other login requests are still open. Approve one of them, or wait a little and try again.";
    1504 BrowserBlocked 403 "見慣れない端末からのログインは止められています。いつものブラウザから操作するか、窓口へご連絡ください。" "Logins from unknown browsers are stopped. Please use a browser you have used before, or contact us.";
    1505 AssuranceTooLow 403 "この操作には、アプリでの承認が必要です。" "This needs an approval in the app.";
    1506 FallbackClosed 403 "端末の解除から時間がたっていないため、メールのコードではまだログインできません。" "A device was removed recently, so login by mailed code is not open yet.";
    1507 NoProvenAddress 403 "確認済みの認証メールアドレスがありません。窓口へご連絡ください。" "There is no proven authentication mail address. Please contact us.";
    1508 LoginBusy 429 "ログインが続いたため、少しお待ちいただいています。しばらくしてからもう一度お試しください。" "There are too many logins at the moment. Please wait a little and try again.";
    1601 AmountInvalid 400 "金額を読み取れませんでした。1円以上の整数で入力してください。" "The amount could not be read. Enter a whole number of yen, 1 or more.";
    1602 WithdrawalPasswordWrong 403 "出金パスワードが違います。" "The withdrawal password is wrong.";
    1603 WithdrawalPasswordLocked 423 "出金パスワードの間違いが続いたため、出金を一時的に止めています。時間をおいてもう一度お試しください。" "Too many wrong withdrawal passwords, so withdrawals are locked for a while. Please try again later.";
    1604 WithdrawalPasswordMissing 409 "出金パスワードがまだ設定されていません。先に設定してください。" "There is no withdrawal password yet. Please set one first.";
    1605 PayoutAccountMissing 409 "出金先口座がまだ登録されていません。先に登録してください。" "There is no payout account yet. Please register one first.";
    1606 BalanceTooLow 409 "出金できる残高を超えています。金額を減らしてください。" "This is more than can be withdrawn. Please enter a smaller amount.";
    1607 AmountAboveLimit 409 "1回に出金できる上限を超えています。金額を減らしてください。" "This is above the limit for one withdrawal. Please enter a smaller amount.";
    1608 DayLimit 409 "今日出金できる上限を超えています。金額を減らすか、明日もう一度お試しください。" "This is above the limit for today. Enter a smaller amount, or try again tomorrow.";
    1609 CoolOffLimit 409 "端末や口座などを変えたばかりのため、いまは少額だけ出金できます。" "Something that protects the account was changed lately, so only small amounts are possible for now.";
    1610 MailedCodeLimit 409 "メールのコードで1日に出金できる上限を超えています。アプリを登録すると、上限が上がります。" "This is above the daily limit for withdrawals by mailed code. Register the app for a higher limit.";
    1611 MailedCodeWithdrawalsClosed 403 "メールのコードでの出金は受け付けていません。アプリを登録するか、窓口へご連絡ください。" "Withdrawals by mailed code are not offered. Register the app, or contact us.";
    1612 WithdrawalsClosed 403 "ただいま出金を受け付けていません。" "Withdrawals are not possible at the moment.";
    1613 WithdrawalEnded 409 "この出金は、もう取り消せません。" "This withdrawal can no longer be taken back.";
    1614 WithdrawalOpen 409 "承認を待っている出金がほかにあります。先にそちらを終えてください。" "Another withdrawal waits for its approval. Please finish that one first.";
    1615 BalanceUnknown 503 "ただいま残高を確かめられないため、出金を受け付けられません。少し待ってからもう一度お試しください。" "The balance cannot be read at the moment, so withdrawals are not possible. Please try again in a while.";
    1616 PayoutAccountInvalid 400 "口座の内容に使えない文字や抜けがあります。もう一度確かめてください。" "Something in the account is missing or cannot be used. Please check it.";
    1617 PayoutAccountNeedsApp 403 "出金先口座の変更には、アプリでの承認が必要です。アプリがないときは窓口へご連絡ください。" "Changing the payout account needs an approval in the app. Without the app, please contact us.";
    1618 PayoutAccountCoolOff 403 "端末や口座などを変えたばかりのため、出金先口座はまだ変えられません。" "Something that protects the account was changed lately, so the payout account cannot be changed yet.";
    1619 PayoutAccountOpen 409 "承認を待っている口座の変更がほかにあります。先にそちらを終えてください。" "Another change of the payout account waits for its approval. Please finish that one first.";
    1620 DetailsChanged 409 "承認した内容と違いがあったため、出金を止めました。お金は動いていません。" "Something differed from what was approved, so the withdrawal was stopped. No money was moved.";
    1621 CoreRefused 409 "口座の状態により、出金できませんでした。窓口へご連絡ください。" "The withdrawal was refused because of the state of the account. Please contact us.";
    1622 PayeeRejected 409 "出金先口座に振り込めませんでした。口座の内容を確かめてください。" "The payout account was not accepted. Please check its details.";
    1623 PasswordUnfit 400 "このパスワードは使えません。8文字以上で、推測されにくいものにしてください。" "This password cannot be used. Use at least 8 characters that are hard to guess.";
    1624 PasswordSame 400 "ログインパスワードやいまのパスワードと同じものは使えません。" "It must differ from the login password and from the present one.";
    1625 PasswordsDiffer 400 "確認のために入力したパスワードが違います。" "The two entries of the new password differ.";
    1626 LoginPasswordWrong 403 "ログインパスワードが違います。" "The login password is wrong.";
    1627 SecondApprovalSame 403 "1回目と違う端末で承認してください。" "Please approve on another device than the first time.";
    1630 RecallInvalid 400 "取り消しの内容を確かめられませんでした。画面を開き直して、もう一度お試しください。" "What should be taken back could not be verified. Please open the withdrawal again and try once more.";
    1640 AddressStillStoppable 409 "前のアドレスの変更を、お客さまがまだ止められる時間です。終わってから提案してください。" "The customer can still stop the last change of the address. Please propose this when that time is over.";
    1641 AddressInApp 409 "お客さまはアプリをお使いです。認証メールアドレスは、お客さまがアプリで承認して変えられます。" "The customer has the app and can change the mail address with an approval there.";
    1642 StaffIdentityByVoice 400 "登録の電話番号へかけ直すか、本人確認書類を見て確かめてください。話の内容だけでは、他人と見分けられません。" "Call back on the registered number, or look at an identity document. What a caller knows, others may know too.";
    1650 ReleaseAccountLocked 409 "口座がロックされているため、この出金は進められません。先にロックの解除を提案してください。" "The account is locked, so this withdrawal cannot go on. Propose to unlock the account first.";
    1651 ReleasePayeeChanged 409 "申し込みのあとで出金先口座が変わったため、この出金は進められません。出金を取り消してください。" "The payout account changed after this withdrawal was asked for, so it cannot go on. Take the withdrawal back.";
    1652 ReleaseDeviceGone 409 "この出金を承認した端末が、一時停止または解除されています。出金を取り消し、お客さまに申し込み直していただいてください。" "The device that approved this withdrawal is suspended, removed or expired. Take the withdrawal back and ask the customer to request it again.";
    1653 ReleaseUnproven 409 "承認の署名と出金の内容が一致しません。進めずに、技術の担当へ知らせてください。" "The withdrawal does not match what was signed. Do not go on, and tell the engineers.";
    1654 ReleaseUnseen 400 "金額と振込先を表示して確かめてから、承認してください。" "Show the amount and the payee and check them before you approve.";
    1660 ActivationRefused 403 "口座番号またはご利用開始コードが違うか、このコードはもう使えません。書面をもう一度見てください。" "The account number or the activation code is wrong, or the code no longer works. Please look at the letter again.";
    1661 ActivationCodeMistyped 400 "ご利用開始コードに打ち間違いがあるようです。書面の16文字をもう一度見てください。" "There seems to be a typing mistake in the activation code. Please look at its 16 characters again.";
    1662 ActivationStepOver 409 "この手順はもう終わっています。いま開いた画面から続けてください。" "This step is over. Please go on from the page that is shown now.";
    1663 ActivationEnded 410 "お手続きの有効時間が過ぎたか、別の画面ではじめ直されました。もう一度、口座番号とコードからはじめてください。" "The time for this is over, or it was begun anew elsewhere. Please start again with account number and code.";
    1665 AddressInvalid 400 "このメールアドレスは使えません。半角の英数字で、1つだけ入力してください(例: taro@example.jp)。" "This mail address cannot be used. Enter one address in plain letters, such as taro@example.jp.";
    1666 AddressSame 409 "すでに登録されているメールアドレスです。" "This mail address is registered already.";
    1667 AddressNeedsApp 403 "認証メールアドレスの変更には、アプリでの承認が必要です。アプリがないときは窓口へご連絡ください。" "Changing the authentication mail address needs an approval in the app. Without the app, please contact us.";
    1668 AddressCoolOff 403 "端末やメールアドレスなどを変えたばかりのため、まだ変えられません。" "Something that protects the account was changed lately, so the mail address cannot be changed yet.";
    1669 AddressChangeOpen 409 "メールアドレスの変更がほかで進んでいます。先にそちらを終えてください。" "Another change of a mail address is under way. Please finish that one first.";
    1670 AddressChangeEnded 410 "このメールアドレスの変更は終わっています。はじめからやり直してください。" "This change of the mail address has ended. Please start again.";
    1671 StopCodeRefused 403 "停止コードが違うか、もう使えません。お知らせメールのコードをもう一度見てください。" "The stop code is wrong or no longer works. Please look at the mail again.";
    1672 AddressUnproven 403 "確認済みの認証メールアドレスがないため、この操作はできません。先にメールアドレスを登録してください。" "This is not possible without a proven authentication mail address. Please register one first.";
    1673 AddressChangeDiffers 409 "承認した内容と違いがあったため、メールアドレスの変更を止めました。" "Something differed from what was approved, so the change of the mail address was stopped.";
    1674 SecondAddressTaken 409 "お知らせ用メールアドレスは、すでに登録されています。変えるときは、先に削除してください。" "You already have a notification mail address. Please remove it first.";
    1680 ImportLettersUnfit 400 "通知書の番号の範囲を読み取れません。1から開設済みの口座数までで入力してください。印刷用は一度に1,000通までです。" "These numbers of letters do not fit. Enter numbers from 1 to the number of accounts that were opened; a print file has 1,000 letters at most.";
    1681 ImportLettersNotYours 403 "通知書を受け取れるのは、提案した担当者だけです。承認から7日のあいだに限ります。必要なときは、受け取りを提案してください。" "Only whoever proposed this can collect the letters, within 7 days after the approval. Propose to collect them if it is needed.";
    1690 PasswordTooShort 400 "短すぎます。8文字以上で入力してください。12文字以上をおすすめします。" "This password is too short. Use at least 8 characters; 12 or more are better.";
    1691 PasswordShorterThan15 400 "短すぎます。15文字以上で入力してください。" "This password is too short. Use at least 15 characters.";
    1692 PasswordTooLong 400 "長すぎます。128文字までで入力してください。" "This password is too long. Use 128 characters at most.";
    1693 PasswordCommon 400 "多くの人が使っているため、はじめに試されるパスワードです。別のものを入力してください。" "Many people use this password, so it is among the first that are tried. Please choose another one.";
    1694 PasswordPattern 400 "同じ文字や並びのくり返しのため、推測されやすいパスワードです。別のものを入力してください。" "This password is a simple run or repetition, which is easy to guess. Please choose another one.";
    1695 PasswordKnown 400 "口座番号、お名前、会社名などをもとにしたパスワードは使えません。別のものを入力してください。" "A password made of the account number, your name or the firm's name cannot be used. Please choose another one.";
    1696 PasswordBreached 400 "ほかのサービスから漏れたことのあるパスワードです。別のものを入力してください。" "This password is known from a data leak elsewhere. Please choose another one.";
    1700 RecoveryRefused 403 "入力した内容を確かめられませんでした。お使いになったコードや、前の用紙のコードは使えません。続けて間違えると、しばらく受け付けません。お困りのときは、お電話ください。" "What you entered could not be verified. Codes that were used, and those of an older sheet, do not work. After several mistakes nothing is accepted for a while. If you are stuck, please call us.";
    1701 RecoveryCodeMistyped 400 "リカバリーコードの文字が違うようです。用紙と見比べて、16文字を入力してください。" "There seems to be a slip in the recovery code. Please compare it with the sheet and enter all 16 characters.";
    1702 RecoveryEnded 409 "この手続きは終わりました。はじめからやり直してください。" "This recovery is over. Please begin again.";
    1720 DeviceExpired 403 "この端末の鍵は期限が切れました。もう一度登録してください。" "The keys of this device have ended. Please register it again.";
    1721 VetoTooLate 409 "この端末の登録は、もう取り消せません。使わないときは、解除してください。" "The registration of this device can no longer be stopped. If you do not use it, remove it.";
    1722 RemovalNotWaiting 409 "この端末の解除は予定されていないか、すでに終わっています。画面を開き直してください。" "No removal of this device is waiting, or it has happened already. Please open the page again.";
    1723 DeviceTooNew 403 "承認した端末は登録したばかりのため、前からある端末にはまだ操作できません。前からある端末で承認してください。" "The device that approved was registered recently and cannot change older devices yet. Please approve on an older one.";
    1724 LiftNeedsOther 403 "一時停止を解くには、別の端末での承認が必要です。ほかに端末がないときは、窓口へご連絡ください。" "Lifting a suspension needs an approval on another device. If you have none, please contact us.";
    1725 NotSuspended 409 "この端末は一時停止されていません。画面を開き直してください。" "This device is not suspended. Please open the page again.";
    1726 DeviceNameUnfit 400 "この名前は使えません。1〜40文字で、見えない文字を入れずに入力してください。" "This name cannot be used. Enter 1 to 40 characters, none of them invisible.";
    1740 VetoInvalid 400 "止めたい内容を確かめられませんでした。お知らせを開き直して、もう一度お試しください。" "What should be stopped could not be verified. Please open the notice again and try once more.";
    1741 CaseTaken 409 "ほかの担当者が先に引き受けました。画面を開き直して、いまの担当者を確かめてください。" "A colleague took this case first. Please open the page again and see who works on it.";
    1742 CaseClosed 409 "この案件には、すでに判定があります。画面を開き直してください。" "This case already has a verdict. Please open the page again.";
    1743 CaseGrew 409 "画面を開いたあとに、新しい種類の兆候が加わりました。内容を確かめてから、もう一度判定してください。" "A new kind of signal came in after you opened the page. Please look at it, and decide again.";
    1744 CaseNotYours 409 "この案件は、いまあなたの担当ではありません。引き受けてから判定してください。" "This case is not with you. Take it over before you decide.";
    1745 CaseVerdictMissing 400 "判定を選んでください。" "Choose a verdict.";
    1750 PasswordResetInvalid 400 "新しいパスワードの手続きを始められませんでした。画面を開き直して、もう一度お試しください。" "The request for a new password could not be verified. Please open the screen again and try once more.";
    1751 DeviceTooNewToReset 403 "登録したばかりの端末では、パスワードを再設定できません。前からある端末かリカバリーコードを使うか、お電話ください。" "A device that was registered recently cannot replace the password. Use an older device or a recovery code, or call us.";
    1752 LogActionUnfit 400 "操作は login.completed のように、英小文字・数字・ピリオド・下線で入力してください。* や % は使えません。" "Write an action like login.completed, in small letters, digits, dots and underscores. Wildcards such as * and % do not work.";
    1753 LogActorUnfit 400 "操作した人は customer、server、device:… または社員IDで入力してください。* や % は使えません。" "Write who did it as customer, server, device:… or a staff ID. Wildcards such as * and % do not work.";
    1754 LogTimeUnfit 400 "日時を読み取れませんでした。始まりを終わりより前にして、もう一度入力してください。" "The times could not be read. Enter them again, the start before the end.";
    1755 LogEntryUnknown 404 "この番号の記録はありません。番号をもう一度確かめてください。" "There is no entry with this number. Please check the number.";
    1756 LogAccountUnknown 404 "この口座番号のお客さまは見つかりません。番号をもう一度確かめてください。" "No customer has this account number. Please check the number.";
    1757 LogRangeTooLarge 400 "書き出す記録が多すぎます。期間や条件をしぼって、何回かに分けてください。" "This is too much for one export. Narrow the time or the search, and export in several parts.";
    1758 LogExportBusy 429 "ほかの書き出しが続いています。終わるまで少し待ってから、もう一度お試しください。" "Other exports are running. Please wait a little until they end and try again.";
    1759 LogDetailsGone 410 "この記録の接続元とブラウザは、保存期間が過ぎたため消去されています。" "The address and the browser of this entry are past their retention and were erased.";
    1760 StaffIdentityInPerson 400 "本人確認書類を見て確かめてください。窓口でお渡しするものには、書類が必要です。" "Look at an identity document. What is handed over at the counter takes one.";
    1761 StaffIdentityMore 400 "本人確認が足りません。3つ以上の項目を確かめてから操作してください。" "This takes more: check at least three items before you act.";
    1762 ProposalOfAnother 403 "この手続きは、提案した担当者だけが進められます。提案した人に依頼してください。" "Only whoever proposed this can go on with it. Please ask that colleague.";
    1763 ProposalUsed 409 "この承認はもう使えません。使い終わったか、止められたか、時間が過ぎています。必要なときは、もう一度提案してください。" "This approval no longer works: it was used or stopped, or its time is over. Please propose it again if it is needed.";
    1764 LetterNeedsAddress 409 "確認済みの認証メールアドレスがないため、書面だけでは再設定できません。窓口で端末を登録してください。" "The customer has no proven authentication mail address, so a letter alone opens nothing. Register a device at the counter instead.";
    1765 ImportFileMissing 400 "ファイルが届いていないか、空です。CSVファイルを選んで、もう一度送ってください。" "No file arrived, or it is empty. Choose a CSV file and send it again.";
    1766 ImportTooLarge 413 "ファイルが大きすぎます。16MBまでのファイルに分けて送ってください。" "The file is too large. Split it into files of at most 16 MB.";
    1767 ImportSameFile 409 "このファイルは、すでに取り込みの一覧にあります。一覧から開いて続けてください。" "This file is in the list of imports already. Open it there and go on.";
    1768 ImportNotNow 409 "この取り込みは状態が変わったため、操作できません。画面を開き直して確かめてください。" "This import has moved on, so this is not possible now. Open the page again and look.";
    1769 ImportOwn 403 "ご自分が送った、または提案した取り込みは承認できません。別の担当者に依頼してください。" "You cannot approve an import that you brought or proposed yourself. Ask another person.";
    1801 StaffLoginRefused 403 "社員IDまたはパスワードが違うか、一時的にログインできません。" "The staff ID or password is wrong, or login is not possible at the moment.";
    1802 StaffStopped 403 "「私ではありません」と答えたため、ログインを止めています。別の管理者に再登録を依頼してください。" "You answered that a login was not you, so logins are stopped. Ask another administrator to set you up again.";
    1803 StaffNotAllowed 403 "この操作をする権限がありません。必要なときは管理者へ依頼してください。" "Your role does not allow this. Ask an administrator if you need it.";
    1804 StaffTokenInvalid 403 "登録用の文字列が違うか、使用済みか、期限切れです。新しいものを発行してもらってください。" "The setup token is wrong, was already used or has expired. Ask for a new one.";
    1805 StaffPasswordUnfit 400 "このパスワードは使えません。12文字以上で、推測されにくいものにしてください。" "This password cannot be used. Use at least 12 characters that are hard to guess.";
    1806 StaffLoginIdUnfit 400 "社員IDは、英小文字・数字・ハイフンの3〜32文字で、ほかの人が使っていないものにしてください。" "A staff ID has 3 to 32 small letters, digits or hyphens, and nobody else may use it.";
    1807 StaffNameUnfit 400 "氏名を1〜40文字で入力してください。" "Enter a name of 1 to 40 characters.";
    1808 StaffRolesUnfit 400 "役割を1つ以上選んでください。" "Choose at least one role.";
    1809 LastAdministrator 409 "最後の管理者は外せません。先に別の管理者を登録してください。" "The last administrator cannot be removed. Set up another one first.";
    1810 StaffReasonMissing 400 "理由を10〜400文字で入力してください。" "Enter a reason of 10 to 400 characters.";
    1811 StaffIdentityMissing 400 "お客さまの本人確認が足りません。2つ以上の項目を確かめてから操作してください。" "The caller's identity is not established. Check at least two items before you act.";
    1812 ProposalOwn 403 "自分の提案は承認できません。別の担当者が確かめてください。" "You cannot approve your own proposal. A colleague has to look at it.";
    1813 ProposalClosed 409 "この提案はすでに終わっているか、期限が切れています。" "This proposal has already ended or has expired.";
    1814 ProposalFactsChanged 409 "提案のあとに口座の状態が変わったため、実行しませんでした。もう一度提案してください。" "The account changed after the proposal was made, so nothing was done. Please propose it again.";
    1815 StaffNothingToDo 409 "すでにその状態になっているため、することがありません。画面を開き直してください。" "Nothing is left to do here. Please open the page again.";
    1816 StaffStateChanged 409 "ほかの担当者が先に操作しました。画面を開き直してください。" "A colleague acted first. Please open the page again.";
}

impl ErrorCode {
    /// The code of a number, as another version of the product may have sent it.
    #[must_use]
    pub fn from_number(number: u16) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.number() == number)
    }

    /// The sentence in both languages.
    #[must_use]
    pub fn message(self) -> Bilingual {
        Bilingual {
            ja: self.ja().to_owned(),
            en: self.en().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_unique_ascending_and_have_a_sentence() {
        assert!(ErrorCode::ALL.windows(2).all(|w| w[0].number() < w[1].number()));
        for code in ErrorCode::ALL {
            assert_eq!(ErrorCode::from_number(code.number()), Some(*code));
            assert!((400..=599).contains(&code.status()));
            assert!(
                code.ja().ends_with('。') && code.en().ends_with('.'),
                "{}",
                code.name()
            );
        }
    }
}
