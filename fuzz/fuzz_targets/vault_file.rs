//! Fuzzes the target `vault_file` of `warifu_fuzz_checks`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| warifu_fuzz_checks::run("vault_file", data));
