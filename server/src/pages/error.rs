//! Refusals as pages: a sentence, the small number, the request's name. Never an internal text (WEB-08).

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use warifu_shared::error::ErrorCode;

use super::layout::{Frame, PageRequest, page};
use super::paths;
use super::views::ErrorPage;
use crate::app::App;
use crate::operations::Caller;

/// What a page handler answers when it cannot show its page.
pub enum PageError {
    /// A page with the refusal.
    Refused(Box<ErrorPage>),
    /// To the login: there is no session.
    LogIn,
}

impl PageError {
    /// A refusal outside any flow.
    #[must_use]
    pub fn bare(app: &App, request: PageRequest, caller: &Caller, code: ErrorCode) -> Self {
        let frame = Frame {
            request,
            firm: app.service_name(),
            csrf: String::new(),
            logged_in: false,
            demo: app.config.demo,
        };
        Self::Refused(Box::new(ErrorPage {
            frame,
            code,
            confirm: false,
            request_id: caller.request.to_string(),
        }))
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(view) => {
                let code = view.code;
                tracing::info!(event = "page.refused", code = code.number(), name = code.name(), request = %view.request_id, "refused");
                page(
                    StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
                    &*view,
                )
            }
            Self::LogIn => Redirect::to(paths::LOGIN).into_response(),
        }
    }
}
