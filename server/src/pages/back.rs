//! Where confirming again may lead back to: pages of this site, by an exact list (no open redirect).

use super::paths;

/// One page of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Back(&'static str);

/// Every page that may be returned to. The first is for whatever is not on the list.
const ALL: [&str; 13] = [
    paths::ACCOUNT,
    paths::DEVICES,
    paths::WITHDRAWALS,
    paths::WITHDRAW,
    paths::PAYOUT,
    paths::WITHDRAWAL_PASSWORD,
    paths::SECURITY,
    paths::HISTORY,
    paths::SESSIONS,
    paths::NOTICES,
    paths::ADDRESSES,
    paths::PASSWORD,
    paths::RECOVERY_CODES,
];

impl Back {
    /// The page of a path, exactly; the account for everything else.
    #[must_use]
    pub fn exactly(path: &str) -> Self {
        Self(ALL.into_iter().find(|own| *own == path).unwrap_or(paths::ACCOUNT))
    }

    /// The page that a path of our own belongs to: `/devices/dv_1/remove` belongs to `/devices`.
    #[must_use]
    pub fn nearest(path: &str) -> Self {
        let below =
            |own: &&str| path == *own || path.strip_prefix(*own).is_some_and(|rest| rest.starts_with('/'));
        let longest = ALL.into_iter().filter(below).max_by_key(|own| own.len());
        Self(longest.unwrap_or(paths::ACCOUNT))
    }

    /// The page behind a key.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        ALL.into_iter().map(Self).find(|back| back.key() == key)
    }

    /// The path.
    #[must_use]
    pub const fn path(self) -> &'static str {
        self.0
    }

    /// A word for it within another path.
    #[must_use]
    pub fn key(self) -> String {
        self.0.trim_start_matches('/').replace('/', "-")
    }

    /// Where a customer confirms again and comes back here.
    #[must_use]
    pub fn confirm_url(self) -> String {
        format!("{}?back={}", paths::CONFIRM, self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sess_07_only_pages_of_the_list_are_returned_to() {
        for path in ALL {
            assert_eq!(Back::exactly(path).path(), path);
            assert_eq!(Back::of_key(&Back(path).key()), Some(Back(path)));
        }
        for odd in [
            "",
            "/",
            "//evil.example",
            "https://evil.example/devices",
            "/devices/",
            "/devices?x",
            "/devices/../login",
            "\\\\evil.example",
            "/DEVICES",
            "/security/confirm",
        ] {
            assert_eq!(Back::exactly(odd).path(), paths::ACCOUNT, "{odd}");
        }
        assert_eq!(Back::nearest("/devices/dv_1/remove").path(), paths::DEVICES);
        assert_eq!(Back::nearest("/withdrawals/new").path(), paths::WITHDRAW);
        assert_eq!(Back::nearest("/devicesx").path(), paths::ACCOUNT);
    }
}
