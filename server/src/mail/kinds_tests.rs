//! The mailed code never shows in `Debug`.

use super::{BadCode, CodeText};

#[test]
fn code_16_debug_does_not_show_the_code() {
    let code = CodeText::new("12345678").unwrap();
    assert!(!format!("{code:?}").contains("1234"));
    for bad in [
        "",
        "12345",
        "12345678901",
        "1234567a",
        "１２３４５６７８",
        "123456\n7",
    ] {
        assert_eq!(CodeText::new(bad), Err(BadCode), "{bad:?}");
    }
}
