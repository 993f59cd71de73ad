//! The sections about money: the policy of withdrawals. Each key is explained in `config.default.toml`.

use serde::Deserialize;

use crate::domain::yen::Yen;

/// Withdrawals. Amounts are yen, days begin at midnight in Japan.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithdrawalRules {
    /// Whether customers may ask for withdrawals at all.
    pub open: bool,
    /// The fee of one.
    pub fee: Yen,
    /// Most at once.
    pub per_transaction: Yen,
    /// Most in a day.
    pub per_day: Yen,
    /// From this amount on a withdrawal is held; 0: never.
    pub hold_from: Yen,
    /// Hours that it is held.
    pub hold_hours: i64,
    /// From this amount on a second approval is needed; 0: never (TXN-09).
    pub second_approval_from: Yen,
    /// Most in a day during the cool-off (ENROL-09).
    pub cool_off_per_day: Yen,
    /// Without a device (TXN-07).
    pub mailed_code: MailedCodeRules,
}

/// Withdrawals of accounts without a device, by a mailed code (TXN-07).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailedCodeRules {
    /// Whether there is this way.
    pub open: bool,
    /// The last day of it, `2027-03-31`; none when empty.
    #[serde(deserialize_with = "optional_day")]
    pub last_day: Option<chrono::NaiveDate>,
    /// Most in a day.
    pub per_day: Yen,
    /// Hours between the code and the order, in which the customer can recall it.
    pub delay_hours: i64,
}

fn optional_day<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<chrono::NaiveDate>, D::Error> {
    let text = String::deserialize(from)?;
    if text.is_empty() {
        Ok(None)
    } else {
        text.parse().map(Some).map_err(serde::de::Error::custom)
    }
}
