//! Whatever a text holds, what is read of it lies inside it. See `README.md`.
#![no_main]

#[path = "../../crates/syntax/tests/check/mod.rs"]
mod check;

libfuzzer_sys::fuzz_target!(|text: &str| check::check(text));
