//! Whether a login password may be set: the rules, and the operator's list of leaked ones (PASS-01..03).

use warifu_shared::error::ErrorCode;

use super::Refusal;
use crate::app::App;
use crate::domain::account::Account;
use crate::domain::password_rules::{self, Context};

/// Judges a new login password of an account: its length, the bundled list, words that a stranger knows, leaked ones.
///
/// # Errors
/// 1690 to 1696, each with its reason; `Internal` when the operator's list can no longer be read.
pub async fn judge(app: &App, account: &Account, password: &str) -> Result<(), Refusal> {
    let policy = app.config.login.second_factor;
    let context = Context {
        account: account.number.as_str(),
        name: &account.customer_name,
        firm: [&app.config.service.name_ja, &app.config.service.name_en],
    };
    password_rules::check_login(password, policy, &context).map_err(|unfit| unfit.code(policy))?;
    let Some(list) = app.breached.clone() else {
        return Ok(());
    };
    let password = password_rules::normal(password);
    let found = tokio::task::spawn_blocking(move || list.holds(&password)).await;
    match found {
        Ok(Ok(false)) => Ok(()),
        Ok(Ok(true)) => Err(ErrorCode::PasswordBreached.into()),
        Ok(Err(error)) => {
            tracing::error!(event = "password.list", %error, "the list of leaked passwords cannot be read");
            Err(ErrorCode::Internal.into())
        }
        Err(error) => {
            tracing::error!(event = "password.list", %error, "the search in the list of leaked passwords failed");
            Err(ErrorCode::Internal.into())
        }
    }
}
