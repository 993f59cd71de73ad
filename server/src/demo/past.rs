//! Who has a past in the demo: names for `warifu-demo-days`, which plays some days before `make demo` starts, and for what the
//! demo prints. The server makes none of them: staff come about by token and invitation, each with a device of their own.

use warifu_shared::display::Language;

use super::Sample;
use crate::domain::staff::Role;
use crate::store::staff::members;
use crate::store::{Store, StoreError};

/// A sample member of staff.
pub struct Colleague {
    /// What they type to log in, and the name of their device's folder.
    pub login_id: &'static str,
    /// Their name.
    pub name: &'static str,
    /// Their role.
    pub role: Role,
}

/// The password of all of them.
pub const STAFF_PASSWORD: &str = "minato-no-asagiri-26";
/// The PIN of all sample devices.
pub const PIN: &str = "740295";

/// Those of [`STAFF`] who are there.
///
/// # Errors
/// On a database failure.
pub async fn colleagues(store: &Store) -> Result<Vec<&'static Colleague>, StoreError> {
    let mut c = store.read().await?;
    let mut there = Vec::new();
    for colleague in STAFF {
        if members::by_login(&mut c, colleague.login_id).await?.is_some() {
            there.push(colleague);
        }
    }
    Ok(there)
}

const fn colleague(login_id: &'static str, name: &'static str, role: Role) -> Colleague {
    Colleague { login_id, name, role }
}

/// One of each role, and the second administrator whom everything about staff takes.
pub const STAFF: &[Colleague] = &[
    colleague("aoi", "木村 葵", Role::Administrator),
    colleague("ren", "清水 蓮", Role::Administrator),
    colleague("haru", "森 春", Role::Operator),
    colleague("sora", "林 空", Role::Approver),
    colleague("nagi", "池田 凪", Role::FraudAnalyst),
    colleague("akira", "石井 明", Role::Auditor),
    colleague("yui", "山口 結", Role::Viewer),
];

/// Customers with devices and some days behind them, one for each of the three cases of support: a lost phone, pushes that
/// do not come, somebody else at the login.
pub const REGULARS: &[Sample] = &[
    Sample {
        number: "1002011",
        name: "高橋 健一",
        password: "yama-no-akari-3190",
        withdrawal_password: "mori-no-michi-15",
        mail: "kenichi.takahashi@mail.example",
        language: Language::Ja,
        yen: 1_640_000,
        payout: [
            "0991",
            "あおば銀行",
            "118",
            "上野支店",
            "2233445",
            "タカハシ ケンイチ",
        ],
    },
    Sample {
        number: "1002012",
        name: "田中 美咲",
        password: "umi-no-kaori-8842",
        withdrawal_password: "hoshi-no-yoru-61",
        mail: "misaki.tanaka@mail.example",
        language: Language::Ja,
        yen: 720_000,
        payout: [
            "0992",
            "みなと信用金庫",
            "022",
            "港北支店",
            "0071190",
            "タナカ ミサキ",
        ],
    },
    Sample {
        number: "1002013",
        name: "Oliver Grant",
        password: "silver-birch-4407",
        withdrawal_password: "garden-gate-28",
        mail: "oliver.grant@mail.example",
        language: Language::En,
        yen: 5_100_000,
        payout: [
            "0991",
            "あおば銀行",
            "310",
            "横浜支店",
            "5566778",
            "グラント オリバー",
        ],
    },
];
