//! Fuzzes the target `breached_list` of `warifu_fuzz_checks`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| warifu_fuzz_checks::run("breached_list", data));
