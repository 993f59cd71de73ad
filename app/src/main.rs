//! The desktop binary of the app.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

fn main() {
    warifu_lib::run();
}
