//! What the fuzz targets reach of the console's private readers.

use super::gate::Fields;

/// The body of the form of another mail address, read as the console reads it: address, reason, what was ticked.
#[must_use]
pub fn address_form(body: &[u8]) -> (String, String, Vec<String>) {
    let fields = Fields::read(body);
    let ticked = fields.ticked("identity").into_iter().map(str::to_owned);
    (
        fields.get("address").to_owned(),
        fields.get("reason").to_owned(),
        ticked.collect(),
    )
}
