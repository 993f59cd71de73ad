//! Fuzzes the target `relay_frames` of `warifu_fuzz_checks`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| warifu_fuzz_checks::run("relay_frames", data));
