//! What this machine is, as staff see it beside the device (ENROL-10), and names that protocols want in a fixed form.

/// The app and its version.
pub(crate) fn app() -> String {
    concat!("Warifu ", env!("CARGO_PKG_VERSION")).to_owned()
}

/// The kind of machine.
pub(crate) fn model() -> String {
    plain(std::env::consts::ARCH)
}

/// The operating system, by its own name where it has one.
pub(crate) fn os() -> String {
    let named = std::fs::read_to_string("/etc/os-release").ok().and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
        Some(plain(line.trim_matches('"')))
    });
    named
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| plain(std::env::consts::OS))
}

/// A new channel id at a relay: a random UUID, lower case with dashes (appendix A.1).
pub(crate) fn channel_id() -> String {
    uuid::Builder::from_random_bytes(warifu_shared::random::bytes())
        .into_uuid()
        .as_hyphenated()
        .to_string()
}

fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_ascii_graphic() || *c == ' ')
        .take(80)
        .collect::<String>()
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enrol_10_the_machine_is_described_in_plain_short_words() {
        for text in [app(), model(), os()] {
            assert!(
                (1..=80).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic() || b == b' '),
                "{text}"
            );
        }
        assert_eq!(plain("a\u{202e}b\n  "), "ab");
    }

    #[test]
    fn relay_07_channel_ids_are_lower_case_dashed_random_uuids() {
        let id = channel_id();
        assert!(
            uuid::Uuid::parse_str(&id)
                .is_ok_and(|uuid| uuid.get_version_num() == 4 && uuid.to_string() == id)
        );
        assert_ne!(id, channel_id());
    }
}
