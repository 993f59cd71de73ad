//! One device with everything that can be done with it, and the question before it is removed.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::list::Just;
use super::own;
use crate::app::App;
use crate::operations::confirm_again;
use crate::pages::customer::Customer;
use crate::pages::error::PageError;
use crate::pages::layout::{ErrorNote, page};
use crate::pages::views::{DevicePage, RemoveDevicePage};

/// The device.
pub async fn get(
    State(app): State<App>,
    customer: Customer,
    Path(id): Path<String>,
    Query(just): Query<Just>,
) -> Result<Response, PageError> {
    let own = own(&app, &customer).await?;
    let device = own.find(&id).map_err(|code| customer.refuse(&app, code))?;
    let view = view(&app, &customer, &own, device, None);
    Ok(page(
        StatusCode::OK,
        &DevicePage {
            flash: just.flash(),
            ..view
        },
    ))
}

/// The page, perhaps with what was refused.
pub(super) fn view(
    app: &App,
    customer: &Customer,
    own: &super::Own,
    device: &crate::store::devices::Device,
    error: Option<ErrorNote>,
) -> DevicePage {
    DevicePage {
        frame: customer.frame(app),
        device: own.row(app, device),
        fresh: confirm_again::fresh(app, &customer.session),
        confirm: confirm_again::may_help(app, &customer.session),
        flash: None,
        error,
    }
}

/// The question before a removal.
pub async fn ask_remove(
    State(app): State<App>,
    customer: Customer,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let own = own(&app, &customer).await?;
    let device = own.find(&id).map_err(|code| customer.refuse(&app, code))?;
    let view = RemoveDevicePage {
        frame: customer.frame(&app),
        device: own.row(&app, device),
        fresh: confirm_again::fresh(&app, &customer.session),
        confirm: confirm_again::may_help(&app, &customer.session),
        error: None,
    };
    Ok(page(StatusCode::OK, &view))
}
