//! Whatever is changed in the database between approval and execution: nothing leaves, and the log says so (TXN-02).

use warifu_server::domain::withdrawal::State;
use warifu_server::operations::withdrawal::by_code;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::WithdrawalId;
use warifu_shared::keys::SigningKey;
use warifu_tests::databases::{Database, for_each_database};

use crate::scene::{Book, Owner, Scene, caller, other_payee, yen};

/// The fields of the signed text: what stands there, and what an attacker would rather have.
const FIELDS: &[(&str, &str)] = &[
    (r#""amount":"60000""#, r#""amount":"90000""#),
    (r#""fee":"110""#, r#""fee":"0""#),
    (r#""currency":"JPY""#, r#""currency":"USD""#),
    (r#""bank":"0991""#, r#""bank":"0005""#),
    (r#""bank_name":"あおば銀行""#, r#""bank_name":"みどり銀行""#),
    (r#""branch":"201""#, r#""branch":"999""#),
    (r#""branch_name":"渋谷支店""#, r#""branch_name":"新宿支店""#),
    (r#""type":"ordinary""#, r#""type":"current""#),
    (r#""acct":"1234567""#, r#""acct":"7654321""#),
    (r#""name":"ヤマダ タロウ""#, r#""name":"カ)ダマシ""#),
    (r#""ref":"W-"#, r#""ref":"X-"#),
];

async fn firm(db: &Database) -> Scene {
    Scene::with(db, |config| {
        config.withdrawal.fee = yen(110);
        config.withdrawal.hold_from = yen(50_000);
    })
    .await
}

/// What is there to change.
struct Attack {
    scene: Scene,
    owner: Owner,
    id: WithdrawalId,
}

impl Attack {
    /// The held withdrawal must end without a payment, and everybody can see why.
    async fn assert_stopped(&self, what: &str) {
        let Self { scene, owner, id } = self;
        scene.wait(25 * 3600);
        for _ in 0..3 {
            scene.work().await;
            scene.wait(120);
        }
        let found = scene.withdrawal(id).await;
        assert_eq!(
            (found.state, found.reason),
            (State::Refused, Some(ErrorCode::DetailsChanged)),
            "{what}"
        );
        assert_eq!(scene.book(owner).await, Book::UNTOUCHED, "{what}");
        let sent = scene.core.sent();
        assert!(
            sent.iter().all(|order| order.account != owner.number),
            "{what}: {sent:?}"
        );
        let told = scene.leaves(owner, "withdrawal.refused", "DetailsChanged").await;
        assert_eq!(told, 1, "{what}");
    }
}

async fn held(scene: Scene) -> Attack {
    let owner = scene.owner(2).await;
    let id = scene.approved(&owner, "60000").await;
    assert_eq!(scene.state(&id).await, State::Held);
    Attack { scene, owner, id }
}

async fn each(db: &Database, attacks: &[(&str, String)], by_code: bool) {
    let mut scene = firm(db).await;
    for (what, sql) in attacks {
        let attack = if by_code {
            held_by_code(scene).await
        } else {
            held(scene).await
        };
        let Attack { scene: s, owner, id } = &attack;
        let found = s.withdrawal(id).await;
        let (challenge, second) = (
            found.challenge.map(|it| it.to_string()),
            owner.devices.get(1).map(|it| it.id.to_string()),
        );
        let stranger = s.owner(0).await;
        let sql = sql
            .replace("{id}", id.as_str())
            .replace("{challenge}", &challenge.unwrap_or_default())
            .replace("{account}", owner.account.as_str())
            .replace("{stranger}", stranger.account.as_str())
            .replace("{second}", &second.unwrap_or_default());
        s.tamper(sql.clone()).await;
        attack.assert_stopped(&format!("{what}: {sql}")).await;
        scene = attack.scene;
    }
}

fn in_row(column: &str) -> Vec<(&'static str, String)> {
    let fields = FIELDS.iter().map(|(was, wanted)| {
        let sql = format!(
            "UPDATE withdrawals SET txn = REPLACE(txn, '{was}', '{wanted}'){column} WHERE id = '{{id}}'"
        );
        (*was, sql)
    });
    fields.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn txn_02_each_field_changed_in_the_withdrawals_row_stops_it() {
    for_each_database(|db| async move {
        let mut attacks = in_row("");
        let row = |set: &str| format!("UPDATE withdrawals SET {set} WHERE id = '{{id}}'");
        // The text and its columns together, so that they agree.
        let both = r#"txn = REPLACE(txn, '"amount":"60000"', '"amount":"90000"'), amount = 90000"#;
        let fee = r#"txn = REPLACE(txn, '"fee":"110"', '"fee":"0"'), fee = 0"#;
        let reference =
            r#"txn = REPLACE(txn, '"ref":"W-', '"ref":"X-'), reference = REPLACE(reference, 'W-', 'X-')"#;
        for set in [
            both,
            fee,
            reference,
            "amount = 90000",
            "amount = 0",
            "fee = 0",
            "reference = 'W-000000-AAAAAAAA'",
            "txn = '{'",
            "txn = ''",
            "txn = REPLACE(txn, '\"type\":\"withdrawal\"', '\"type\":\"payout_account\"')",
            "txn = REPLACE(txn, '}', ' }')",
            "how = 'code'",
            "how = 'code', challenge_id = NULL",
            "challenge_id = NULL",
            "challenge_id = 'ch_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'",
            "evidence = NULL",
            "evidence = 'AAAA'",
            "approved_at = NULL",
            "created_at = created_at - 86400000",
            "second_challenge_id = 'ch_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'",
        ] {
            attacks.push(("a column", format!("{} -- {set}", row(set))));
        }
        each(&db, &attacks, false).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn txn_02_each_field_changed_in_the_payout_account_stops_it() {
    for_each_database(|db| async move {
        let payee = |field: &&(&str, &str)| {
            let member = field.0.split(':').next().unwrap_or_default();
            !["\"amount\"", "\"fee\"", "\"currency\"", "\"ref\""].contains(&member)
        };
        let mut attacks = Vec::new();
        for (was, wanted) in FIELDS.iter().filter(payee) {
            let set =
                format!("SET payee = REPLACE(payee, '{was}', '{wanted}') WHERE active_slot = '{{account}}'");
            attacks.push((*was, format!("UPDATE payout_accounts {set}")));
            // In both places, so that they agree: the signed bytes differ still.
            let text =
                format!("UPDATE withdrawals SET txn = REPLACE(txn, '{was}', '{wanted}') WHERE id = '{{id}}'");
            attacks.push((*was, format!("UPDATE payout_accounts {set}; {text}")));
        }
        for set in [
            "payee = '{'",
            "active_slot = NULL",
            "challenge_id = 'nonsense'",
            "account_id = '{stranger}', active_slot = '{stranger}-'",
        ] {
            let sql = format!("UPDATE payout_accounts SET {set} WHERE active_slot = '{{account}}'");
            attacks.push(("the payout account's row", sql));
        }
        each(&db, &attacks, false).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn txn_02_txn_08_evidence_that_was_changed_pays_nothing() {
    for_each_database(|db| async move {
        let mut attacks = Vec::new();
        for set in [
            "decision_token = NULL",
            "decision_token = ''",
            "decision_token = 'a.b.c'",
            "decision_token = (SELECT jws FROM challenge_copies WHERE challenge_id = '{challenge}' LIMIT 1)",
            "decided_by = NULL",
            "decided_by = '{second}'",
            "decided_by = 'nonsense'",
            "state = 'approved'",
            "state = 'pending', live_slot = NULL",
            "state = 'denied'",
            "state = 'cancelled'",
            "state = 'nonsense'",
            "decided_at = NULL",
            "decided_at = 0",
            "decided_at = decided_at + 86400000",
        ] {
            attacks.push((
                "the challenge",
                format!("UPDATE challenges SET {set} WHERE id = '{{challenge}}'"),
            ));
        }
        for set in [
            "jws = ''",
            "jws = 'a.b.c'",
            "jws = (SELECT jws FROM challenge_copies WHERE device_id = '{second}')",
        ] {
            let sql = format!("UPDATE challenge_copies SET {set} WHERE challenge_id = '{{challenge}}'");
            attacks.push(("the copies", sql));
        }
        attacks.push((
            "no copy",
            "DELETE FROM challenge_copies WHERE challenge_id = '{challenge}'".to_owned(),
        ));
        each(&db, &attacks, false).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn txn_02_a_challenge_signed_anew_by_somebody_else_pays_nothing() {
    for_each_database(|db| async move {
        let attack = held(firm(&db).await).await;
        let Attack { scene, owner, id } = &attack;
        // The attacker makes everything fit: challenge, approval, hashes, row. Only the keys are not the right ones.
        let challenge = scene.challenge(id).await;
        let device = &owner.devices[0];
        let (_, jws) = scene.seen(device, &challenge).await.expect("a copy");
        let public = scene.app().secrets.challenge_key.public();
        let mut claims = warifu_shared::jws::challenge::Challenge::reread(&jws, public).expect("ours");
        if let Some(warifu_shared::jws::withdrawal::Transaction::Withdrawal(txn)) = &mut claims.txn {
            txn.payee = other_payee();
        }
        let forged = claims.sign(&SigningKey::generate()).expect("signed");
        let number = scene.number(&challenge).await;
        let token = device.token(&(challenge.clone(), forged.clone()), Some(&number), scene.server().now());
        let hash = warifu_server::crypto::mac::token_hash(&token);
        let txn = claims.txn.expect("a withdrawal").write().expect("text");
        scene.enter_payout(owner, other_payee()).await;
        scene
            .tamper(format!(
                "UPDATE challenges SET decision_token = '{token}', decision_hash = '{hash}' WHERE id = '{challenge}'; \
                 UPDATE challenge_copies SET jws = '{forged}' WHERE challenge_id = '{challenge}'; \
                 UPDATE withdrawals SET txn = '{txn}', evidence = '{hash}' WHERE id = '{id}'"
            ))
            .await;
        attack.assert_stopped("forged").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn txn_02_txn_03_one_approval_pays_one_order_whatever_is_copied() {
    for_each_database(|db| async move {
        let scene = Scene::open(&db).await;
        let owner = scene.owner(1).await;
        let id = scene.approved(&owner, "10000").await;
        scene.work().await;
        scene.wait(60);
        scene.work().await;
        let once = Book { available: 2_990_000, reserved: 0, paid: 10_000 };
        assert_eq!((scene.state(&id).await, scene.book(&owner).await), (State::Paid, once));
        // The same approval under another order key.
        let other = WithdrawalId::at(scene.server().now());
        let now = scene.server().now().0;
        scene
            .tamper(format!(
                "UPDATE withdrawals SET id = '{other}', state = 'queued', tries = 0, next_at = {now} WHERE id = '{id}'"
            ))
            .await;
        scene.work().await;
        assert_eq!(scene.state(&other).await, State::Refused);
        // And the old one put back among those that wait.
        scene
            .tamper(format!(
                "UPDATE withdrawals SET id = '{id}', state = 'queued', tries = 0, next_at = {now} WHERE id = '{other}'"
            ))
            .await;
        scene.work().await;
        assert_eq!((scene.state(&id).await, scene.book(&owner).await), (State::Paid, once));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn txn_02_what_changed_before_the_approval_stops_it_at_the_approval() {
    for_each_database(|db| async move {
        let mut scene = firm(&db).await;
        for sql in [
            r#"UPDATE withdrawals SET txn = REPLACE(txn, '"acct":"1234567"', '"acct":"7654321"') WHERE id = '{id}'"#,
            r#"UPDATE withdrawals SET txn = REPLACE(txn, '"amount":"60000"', '"amount":"90000"'), amount = 90000 WHERE id = '{id}'"#,
            "UPDATE withdrawals SET amount = 1 WHERE id = '{id}'",
            "UPDATE withdrawals SET txn = '{' WHERE id = '{id}'",
            "UPDATE payout_accounts SET payee = '{' WHERE active_slot = '{account}'",
        ] {
            let owner = scene.owner(1).await;
            let id = scene.ask(&owner, "60000").await.expect("it is possible");
            let sql_now = sql.replace("{id}", id.as_str()).replace("{account}", owner.account.as_str());
            scene.tamper(sql_now).await;
            let answer = scene.approve(&owner.devices[0], &id).await;
            assert_eq!(answer.status, 200, "{sql}: {}", answer.text);
            let attack = Attack { scene, owner, id };
            attack.assert_stopped(sql).await;
            scene = attack.scene;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn txn_02_a_row_that_cannot_be_read_pays_nothing_and_stops_nobody_else() {
    for_each_database(|db| async move {
        let scene = Scene::open(&db).await;
        for set in [
            "amount = -5",
            "state = 'nonsense'",
            "challenge_id = 'nonsense'",
            "reason = 99999",
        ] {
            let (broken, other) = (scene.owner(1).await, scene.owner(1).await);
            let id = scene.approved(&broken, "10000").await;
            let good = scene.approved(&other, "10000").await;
            scene
                .tamper(format!("UPDATE withdrawals SET {set} WHERE id = '{id}'"))
                .await;
            for _ in 0..3 {
                scene.work().await;
                scene.wait(60);
            }
            assert_eq!(scene.book(&broken).await, Book::UNTOUCHED, "{set}");
            assert_eq!(scene.state(&good).await, State::Paid, "{set}");
        }
    })
    .await;
}

async fn held_by_code(scene: Scene) -> Attack {
    let owner = scene.owner(0).await;
    let id = scene.ask(&owner, "60000").await.expect("it is possible");
    let code = scene.mailed_code(&owner).await;
    let withdrawal = scene.withdrawal(&id).await;
    by_code::run(scene.app(), &caller(), &withdrawal, &code)
        .await
        .expect("the right code");
    assert_eq!(scene.state(&id).await, State::Held);
    // The next owner's mails come from the same address.
    scene.wait(3600);
    Attack { scene, owner, id }
}

#[tokio::test(flavor = "multi_thread")]
async fn txn_02_txn_07_what_a_mailed_code_confirmed_cannot_be_changed_either() {
    for_each_database(|db| async move {
        let mut attacks = in_row("");
        attacks.extend(in_row(", amount = 90000"));
        for set in [
            "evidence = NULL",
            "evidence = 'AAAA'",
            "how = 'app'",
            "approved_at = NULL",
        ] {
            attacks.push((
                "a column",
                format!("UPDATE withdrawals SET {set} WHERE id = '{{id}}'"),
            ));
        }
        each(&db, &attacks, true).await;
        // The row moved to somebody else's account, whose payout account is the same.
        let Attack { scene, owner, id } = held_by_code(firm(&db).await).await;
        let stranger = scene.owner(0).await;
        scene
            .tamper(format!(
                "UPDATE withdrawals SET account_id = '{}' WHERE id = '{id}'",
                stranger.account
            ))
            .await;
        scene.drain().await;
        assert_eq!(scene.state(&id).await, State::Refused);
        assert_eq!(scene.book(&owner).await, Book::UNTOUCHED);
        assert_eq!(scene.book(&stranger).await, Book::UNTOUCHED);
    })
    .await;
}
