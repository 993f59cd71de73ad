//! Fuzzes the target `device_input` of `warifu_fuzz_checks`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| warifu_fuzz_checks::run("device_input", data));
