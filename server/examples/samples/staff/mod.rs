//! Every page of the staff console with sample data, full and empty: a file a group of rooms. A new room's samples go into a
//! file beside these; a house test wants one for each template.

mod cases;
mod counter;
mod customers;
mod entering;
mod imports;
mod log;
mod people;
mod proposals;
mod watch;

use std::io;

use warifu_server::domain::staff::{Role, Roles};
use warifu_server::pages::layout::Frame;
use warifu_server::staff::views::Who;

use super::Folder;

pub fn all(to: &Folder) -> io::Result<()> {
    entering::all(to)?;
    customers::all(to)?;
    cases::all(to)?;
    counter::all(to)?;
    imports::all(to)?;
    proposals::all(to)?;
    people::all(to)?;
    log::all(to)?;
    watch::all(to)
}

fn frame(to: &Folder, path: &str) -> Frame {
    Frame {
        demo: false,
        ..to.frame(path, false)
    }
}

/// Somebody with these roles, whose menu they see.
fn who(to: &Folder, roles: &[Role]) -> Who {
    Who {
        name: to.pick("森 春", "Haru Mori"),
        roles: Roles::of(roles),
    }
}

const OPERATOR: &[Role] = &[Role::Operator, Role::Approver];
const EVERYTHING: &[Role] = &Role::ALL;
const CUSTOMER: &str = "/customers/ac_sample";
