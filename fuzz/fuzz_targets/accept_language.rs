//! Fuzzes the target `accept_language` of `warifu_fuzz_checks`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| warifu_fuzz_checks::run("accept_language", data));
