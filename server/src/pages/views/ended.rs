//! How an attempt ended when it did not end in a login: what happened, what it means, what to do next (CHAL-13).

use askama::Template;
use warifu_shared::clock::Timestamp;

use crate::pages::layout::Frame;

/// The reason that the owner gave in the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// I cancelled.
    Cancelled,
    /// This is not me.
    NotMe,
    /// Someone on the phone told me to.
    Phone,
    /// The details are wrong.
    WrongDetails,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Refused in the app.
    Denied(Denied),
    /// Nobody decided in time.
    Expired,
    /// The number was wrong too often.
    TriesUsed,
    /// Cancelled on the page.
    Cancelled,
    /// Too many failures: paused until that time, when it is known (CHAL-06).
    Locked(Option<Timestamp>),
    /// Approvals are stopped until staff help (CHAL-06, hard stop).
    ApproverDisabled,
    /// The attempt is held for a check; the owner was told.
    Held,
    /// Unknown browsers are blocked after a "not me" (CHAL-13).
    BrowserBlocked,
    /// Other login requests are still open (CHAL-07).
    TooManyOpen,
    /// The mailed code is not open yet after a device was removed, until that time (ENROL-14, CODE-10).
    FallbackClosed(Option<Timestamp>),
    /// There is no proven authentication mail address.
    NoAddress,
    /// Every device is suspended; a mailed code does not open by that (ENROL-13).
    Suspended,
}

/// `GET U` of an attempt that has ended, or the answer to a login that cannot go on.
#[derive(Template)]
#[template(path = "ended.html")]
pub struct EndedPage {
    /// The frame of the page.
    pub frame: Frame,
    /// How it ended.
    pub ended: Ended,
    /// Where to start again: `/login`, or `/devices` after a test.
    pub again: String,
}

/// How much the page should alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tone {
    Calm,
    Attention,
    Danger,
}

impl EndedPage {
    /// The table of the words of this ending.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self.ended {
            Ended::Denied(Denied::Cancelled) => "ended.denied_cancelled",
            Ended::Denied(Denied::NotMe) => "ended.denied_not_me",
            Ended::Denied(Denied::Phone) => "ended.denied_phone",
            Ended::Denied(Denied::WrongDetails) => "ended.denied_wrong_details",
            Ended::Expired => "ended.expired",
            Ended::TriesUsed => "ended.tries_used",
            Ended::Cancelled => "ended.cancelled",
            Ended::Locked(_) => "ended.locked",
            Ended::ApproverDisabled => "ended.approver_disabled",
            Ended::Held => "ended.held",
            Ended::BrowserBlocked => "ended.browser_blocked",
            Ended::TooManyOpen => "ended.too_many_open",
            Ended::FallbackClosed(_) => "ended.fallback_closed",
            Ended::NoAddress => "ended.no_address",
            Ended::Suspended => "ended.suspended",
        }
    }

    /// One line of it: `title`, `meaning` or `next`.
    #[must_use]
    pub fn words(&self, part: &str) -> String {
        self.frame.t(&format!("{}.{part}", self.key()))
    }

    /// From when it works again, as a sentence, where that is known.
    #[must_use]
    pub fn opens(&self) -> Option<String> {
        match self.ended {
            Ended::Locked(Some(at)) | Ended::FallbackClosed(Some(at)) => {
                Some(self.frame.t1("ended.opens", "time", self.frame.date_time(&at)))
            }
            _ => None,
        }
    }

    /// Whether starting again at once can help.
    #[must_use]
    pub fn can_retry(&self) -> bool {
        match self.ended {
            Ended::Denied(reason) => matches!(reason, Denied::Cancelled | Denied::WrongDetails),
            Ended::Expired | Ended::TriesUsed | Ended::Cancelled | Ended::TooManyOpen => true,
            Ended::Locked(_)
            | Ended::ApproverDisabled
            | Ended::Held
            | Ended::BrowserBlocked
            | Ended::FallbackClosed(_)
            | Ended::NoAddress
            | Ended::Suspended => false,
        }
    }

    /// Whether the page should name the firm's contact.
    #[must_use]
    pub fn needs_contact(&self) -> bool {
        !self.can_retry() && !matches!(self.ended, Ended::Locked(_) | Ended::FallbackClosed(_))
    }

    fn tone(&self) -> Tone {
        match self.ended {
            Ended::Denied(Denied::NotMe | Denied::Phone) => Tone::Danger,
            Ended::Denied(Denied::Cancelled) | Ended::Expired | Ended::Cancelled => Tone::Calm,
            _ => Tone::Attention,
        }
    }

    /// The class of the drawing.
    #[must_use]
    pub fn tone_class(&self) -> &'static str {
        match self.tone() {
            Tone::Calm => "pair--calm",
            Tone::Attention => "pair--attention",
            Tone::Danger => "pair--danger",
        }
    }
}
