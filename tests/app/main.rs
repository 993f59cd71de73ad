//! The real app in its window and real Chromium on the pages, with a real server between them.

mod denial;
mod enrolment;
mod in_app;
mod link;
mod login;
mod new_password;
mod notices;
mod on_page;
mod outage;
mod pictures;
mod scene;
mod tries;
mod window;
mod withdrawal;
