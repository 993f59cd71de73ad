//! Every route of the console, in one list. A room behind the login cannot be added without naming its act (STAFF-02).

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, get, on, post};
use warifu_shared::error::ErrorCode;

use super::browser::StaffBrowser;
use super::gate::{gate, gate_of_files};
use super::{
    acts, cases, counter, customers, devices, events, held, home, imports, letters, log, login, paths,
    people, proposals, set_up, watch,
};
use crate::app::App;
use crate::domain::staff::Act;
use crate::operations::imports::decide::Deed;
use crate::pages::headers::{HeaderPolicy, page_headers};
use crate::pages::{assets, refused};

/// A route behind the login, and what one must be allowed.
#[derive(Debug, Clone)]
pub struct Room {
    /// GET or POST.
    pub method: Method,
    /// Its path.
    pub path: &'static str,
    /// Its act.
    pub act: Act,
}

struct Rooms {
    app: App,
    router: Router<App>,
    list: Vec<Room>,
}

impl Rooms {
    fn get<H: Handler<T, App>, T: 'static>(self, path: &'static str, act: Act, handler: H) -> Self {
        self.add(Method::GET, MethodFilter::GET, path, act, handler)
    }

    fn post<H: Handler<T, App>, T: 'static>(self, path: &'static str, act: Act, handler: H) -> Self {
        self.add(Method::POST, MethodFilter::POST, path, act, handler)
    }

    /// A form that brings a file: its handler reads the token and the body by itself, up to `most` bytes.
    fn post_file<H: Handler<T, App>, T: 'static>(
        mut self,
        path: &'static str,
        act: Act,
        most: usize,
        handler: H,
    ) -> Self {
        let behind = on(MethodFilter::POST, handler)
            .layer(DefaultBodyLimit::max(most))
            .layer(from_fn_with_state((self.app.clone(), act), gate_of_files));
        self.router = self.router.route(path, behind);
        self.list.push(Room {
            method: Method::POST,
            path,
            act,
        });
        self
    }

    fn add<H: Handler<T, App>, T: 'static>(
        mut self,
        method: Method,
        filter: MethodFilter,
        path: &'static str,
        act: Act,
        handler: H,
    ) -> Self {
        let behind = on(filter, handler).layer(from_fn_with_state((self.app.clone(), act), gate));
        self.router = self.router.route(path, behind);
        self.list.push(Room { method, path, act });
        self
    }
}

fn all(app: &App) -> Rooms {
    let rooms = Rooms {
        app: app.clone(),
        router: Router::new(),
        list: Vec::new(),
    };
    let rooms = at_the_counter(second_person(for_customers(rooms)));
    of_imports(of_held(of_cases(of_the_log(rooms))))
}

fn for_customers(rooms: Rooms) -> Rooms {
    rooms
        .get(paths::HOME, Act::Enter, home::get)
        .post("/logout", Act::Enter, login::log_out)
        .get(paths::CUSTOMERS, Act::FindCustomer, customers::form)
        .post(paths::CUSTOMERS, Act::FindCustomer, customers::find)
        .get("/customers/{account}", Act::SeeCustomer, customers::get)
        .get("/customers/{account}/reveal", Act::Reveal, acts::ask)
        .post("/customers/{account}/reveal", Act::Reveal, customers::reveal)
        .get("/customers/{account}/end-sessions", Act::EndSessions, acts::ask)
        .post(
            "/customers/{account}/end-sessions",
            Act::EndSessions,
            acts::end_sessions,
        )
        .get("/customers/{account}/lock", Act::LockAccount, acts::ask)
        .post("/customers/{account}/lock", Act::LockAccount, acts::lock)
        .get("/customers/{account}/unlock", Act::Propose, acts::ask)
        .post("/customers/{account}/unlock", Act::Propose, acts::unlock)
        .get("/customers/{account}/end-cool-off", Act::Propose, acts::ask)
        .post(
            "/customers/{account}/end-cool-off",
            Act::Propose,
            acts::end_cool_off,
        )
        .get("/customers/{account}/stop-address", Act::StopAddress, acts::ask)
        .post(
            "/customers/{account}/stop-address",
            Act::StopAddress,
            acts::stop_address,
        )
        .get(
            "/customers/{account}/change-address",
            Act::ProposeAddress,
            acts::ask,
        )
        .post(
            "/customers/{account}/change-address",
            Act::ProposeAddress,
            acts::change_address,
        )
        .get(
            "/customers/{account}/devices/{object}/remove",
            Act::RemoveDevice,
            acts::ask_object,
        )
        .post(
            "/customers/{account}/devices/{object}/remove",
            Act::RemoveDevice,
            acts::remove_device,
        )
        .get(
            "/customers/{account}/withdrawals/{object}/recall",
            Act::RecallWithdrawal,
            acts::ask_object,
        )
        .post(
            "/customers/{account}/withdrawals/{object}/recall",
            Act::RecallWithdrawal,
            acts::recall,
        )
}

fn second_person(rooms: Rooms) -> Rooms {
    rooms
        .get(paths::WATCH, Act::Watch, watch::get)
        .get(paths::PROPOSALS, Act::SeeProposals, proposals::list)
        .get("/proposals/{id}", Act::SeeProposals, proposals::get)
        .post("/proposals/{id}", Act::Approve, proposals::post)
        .get(paths::STAFF, Act::SeeStaff, people::list)
        .get("/staff/invite", Act::ManageStaff, people::ask_invite)
        .post("/staff/invite", Act::ManageStaff, people::invite)
        .get(
            "/staff/members/{id}/disable",
            Act::ManageStaff,
            people::ask_disable,
        )
        .post("/staff/members/{id}/disable", Act::ManageStaff, people::disable)
        .get("/staff/members/{id}/roles", Act::ManageStaff, people::ask_roles)
        .post(
            "/staff/members/{id}/roles",
            Act::ManageStaff,
            people::change_roles,
        )
        .get("/staff/proposals/{id}", Act::ManageStaff, proposals::get_staff)
        .post("/staff/proposals/{id}", Act::ManageStaff, proposals::post_staff)
}

/// Devices registered at the counter, and letters: proposed, then in the hands of whoever proposed.
fn at_the_counter(rooms: Rooms) -> Rooms {
    use Act::{ProposeEnrolment, ProposeLetter, SeeProposals, StopLetter};
    rooms
        .get("/customers/{account}/enrol", ProposeEnrolment, acts::ask)
        .post("/customers/{account}/enrol", ProposeEnrolment, counter::propose)
        .post("/proposals/{id}/enrol", ProposeEnrolment, counter::issue)
        .get("/proposals/{id}/device", ProposeEnrolment, counter::get)
        .get("/proposals/{id}/device/events", ProposeEnrolment, counter::events)
        .get("/proposals/{id}/device/status", ProposeEnrolment, counter::status)
        .post(
            "/proposals/{id}/device/confirm",
            ProposeEnrolment,
            counter::confirm,
        )
        .post("/proposals/{id}/device/cancel", ProposeEnrolment, counter::cancel)
        .get("/customers/{account}/recovery-letter", ProposeLetter, acts::ask)
        .post(
            "/customers/{account}/recovery-letter",
            ProposeLetter,
            letters::propose_recovery,
        )
        .get("/customers/{account}/activation-letter", ProposeLetter, acts::ask)
        .post(
            "/customers/{account}/activation-letter",
            ProposeLetter,
            letters::propose_activation,
        )
        .post("/proposals/{id}/letter", ProposeLetter, letters::print)
        .get("/customers/{account}/stop-letter", StopLetter, acts::ask)
        .post("/customers/{account}/stop-letter", StopLetter, letters::stop)
        .get("/proposals/{id}/events", SeeProposals, proposals::events)
        .get("/proposals/{id}/status", SeeProposals, proposals::status)
}

fn of_held(rooms: Rooms) -> Rooms {
    rooms
        .get(paths::HELD, Act::SeeHeld, held::list)
        .get(
            "/customers/{account}/withdrawals/{object}/release",
            Act::ReleaseWithdrawal,
            acts::ask_object,
        )
        .post(
            "/customers/{account}/withdrawals/{object}/release",
            Act::ReleaseWithdrawal,
            held::release,
        )
        .get("/customers/{account}/events", Act::SeeCustomer, events::get)
        .post("/proposals/{id}/details", Act::Approve, proposals::open_details)
        .get(
            "/customers/{account}/devices/{object}/suspend",
            Act::SuspendDevice,
            acts::ask_object,
        )
        .post(
            "/customers/{account}/devices/{object}/suspend",
            Act::SuspendDevice,
            devices::suspend,
        )
        .get(
            "/customers/{account}/devices/{object}/lift",
            Act::Propose,
            acts::ask_object,
        )
        .post(
            "/customers/{account}/devices/{object}/lift",
            Act::Propose,
            devices::lift,
        )
}

fn of_the_log(rooms: Rooms) -> Rooms {
    rooms
        .get(paths::LOG, Act::SearchLog, log::search::get)
        .post(paths::LOG, Act::SearchLog, log::search::post)
        .get("/log/entries/{entry}", Act::SearchLog, log::entry::get)
        .post("/log/entries/{entry}", Act::OpenDetails, log::entry::open_details)
        .get(paths::CHECKPOINTS, Act::SearchLog, log::checkpoints::list)
        .get(
            "/log/checkpoints/{size}",
            Act::SearchLog,
            log::checkpoints::download,
        )
        .get(paths::EXPORT, Act::ExportLog, log::export::form)
        .post(paths::EXPORT, Act::ExportLog, log::export::download)
}

fn of_cases(rooms: Rooms) -> Rooms {
    rooms
        .get(paths::CASES, Act::SeeCases, cases::list::get)
        .get("/cases/{case}", Act::SeeCases, cases::one::get)
        .post("/cases/{case}/take", Act::WorkCase, cases::work::take)
        .post("/cases/{case}/note", Act::WorkCase, cases::work::note)
        .post("/cases/{case}/verdict", Act::WorkCase, cases::work::verdict)
}

fn of_imports(rooms: Rooms) -> Rooms {
    let rooms = rooms
        .get(paths::IMPORTS, Act::SeeImports, imports::list)
        .get(paths::NEW_IMPORT, Act::Import, imports::upload::form)
        .post_file(
            paths::NEW_IMPORT,
            Act::Import,
            imports::upload::MOST_READ,
            imports::upload::post,
        )
        .get("/imports/{import}", Act::SeeImports, imports::get)
        .get(
            "/imports/{import}/errors.csv",
            Act::SeeImports,
            imports::wrong_lines,
        )
        .get(
            "/imports/{import}/letters",
            Act::CollectLetters,
            imports::letters::ask,
        )
        .post(
            "/imports/{import}/letters",
            Act::CollectLetters,
            imports::letters::download,
        );
    [
        ("/imports/{import}/propose", Deed::Propose),
        ("/imports/{import}/approve", Deed::Approve),
        ("/imports/{import}/refuse", Deed::Refuse),
        ("/imports/{import}/pause", Deed::Pause),
        ("/imports/{import}/resume", Deed::Resume),
        ("/imports/{import}/cancel", Deed::Cancel),
        ("/imports/{import}/ask_letters", Deed::AskLetters),
        ("/imports/{import}/allow_letters", Deed::AllowLetters),
    ]
    .into_iter()
    .fold(rooms, |rooms, (path, deed)| {
        let act = imports::act_of(deed);
        rooms
            .get(path, act, imports::deeds::ask)
            .post(path, act, imports::deeds::act)
    })
}

/// Every room behind the login, for the test that walks them.
#[must_use]
pub fn rooms(app: &App) -> Vec<Room> {
    all(app).list
}

/// The console.
pub fn router(app: App) -> Router {
    let https = app.config.staff.origin.starts_with("https:");
    all(&app)
        .router
        .route("/language", get(login::language))
        .route(paths::LOGIN, get(login::get).post(login::post))
        .route("/login/{attempt}", get(login::attempt))
        .route("/login/{attempt}/events", get(login::events))
        .route("/login/{attempt}/status", get(login::status))
        .route("/login/{attempt}/continue", post(login::proceed))
        .route("/login/{attempt}/cancel", post(login::cancel))
        .route(paths::SET_UP, get(set_up::get).post(set_up::post))
        .route("/activate/device/{enrolment}", get(set_up::device))
        .route("/activate/device/{enrolment}/events", get(set_up::events))
        .route("/activate/device/{enrolment}/status", get(set_up::status))
        .route("/activate/device/{enrolment}/confirm", post(set_up::confirm))
        .route("/activate/device/{enrolment}/cancel", post(set_up::cancel))
        .fallback(not_found)
        .method_not_allowed_fallback(not_allowed)
        .layer(DefaultBodyLimit::max(64 * 1024))
        .layer(from_fn_with_state(app.clone(), refused::as_page))
        .route("/assets/{version}/{name}", get(assets::serve))
        .layer(from_fn_with_state(HeaderPolicy { https }, page_headers))
        .with_state(app)
}

async fn not_found(State(app): State<App>, browser: StaffBrowser) -> Response {
    browser.refuse(&app, ErrorCode::NotFound).into_response()
}

async fn not_allowed(State(app): State<App>, browser: StaffBrowser) -> Response {
    browser.refuse(&app, ErrorCode::MethodNotAllowed).into_response()
}
