//! What every parser of outside bytes must hold: the bodies of the fuzz targets, each a function of bytes that panics on a
//! finding. `fuzz/` runs them under libFuzzer, `tests/fuzz/tests` replays the kept corpus in every `cargo test`.
//!
//! None only asks for "no panic": what is accepted reads back as written, signatures are checked again by another path,
//! and what people see is free of characters that mislead.

mod address;
mod bytes;
mod core_system;
mod customer_file;
mod device;
mod http_signature;
mod log;
mod mail;
mod notices;
mod push;
mod relay;
mod scene;
mod screen;
pub mod seeds;
mod settings;
mod texts;
mod tokens;
mod vapid;
mod web;

/// A target: its name and what it does with an input.
pub type Target = (&'static str, fn(&[u8]));

/// Every target by its name, which is also the name of its corpus folder and of its file in `fuzz/fuzz_targets`.
pub const TARGETS: &[Target] = &[
    ("accept_language", web::accept_language),
    ("address_forms", address::address_forms),
    ("api_bodies", texts::api_bodies),
    ("breached_list", settings::breached_list),
    ("client_frames", relay::client_frames),
    ("config", settings::config),
    ("cookies", web::cookies),
    ("core_answer", core_system::core_answer),
    ("customer_file", customer_file::file),
    ("device_input", device::typed),
    ("display", screen::display),
    ("forms", web::forms),
    ("forwarded", web::forwarded),
    ("http_signature", http_signature::request),
    ("journal", device::journal),
    ("jws_approval", tokens::approval),
    ("jws_challenge", tokens::challenge),
    ("jws_compact", tokens::compact),
    ("jws_enrolment", tokens::enrolment),
    ("jws_notice", notices::notice),
    ("jws_recall", tokens::recall),
    ("jws_reset", notices::reset),
    ("jws_veto", notices::veto),
    ("keys", texts::keys),
    ("link", texts::link),
    ("log_checkpoint", log::checkpoint),
    ("log_lines", log::lines),
    ("log_part", log::part),
    ("mail_address", address::mail_address),
    ("mail_message", mail::message),
    ("number", texts::number),
    ("published_keys", log::keys),
    ("push_body", push::body),
    ("push_endpoint", push::endpoint),
    ("push_payload", push::payload),
    ("receipt", log::receipt),
    ("relay_frames", relay::frames),
    ("relay_push_headers", relay::push_headers),
    ("relay_token", relay::token),
    ("relay_vapid", vapid::credentials),
    ("sealed_column", settings::sealed_column),
    ("typed_codes", settings::typed_codes),
    ("user_agent", web::user_agent),
    ("vault_file", device::vault_file),
];

/// Runs one target.
///
/// # Panics
/// On a finding, and for a name that is no target.
pub fn run(target: &str, data: &[u8]) {
    let (_, body) = TARGETS
        .iter()
        .find(|(name, _)| *name == target)
        .expect("the target is listed");
    body(data);
}
