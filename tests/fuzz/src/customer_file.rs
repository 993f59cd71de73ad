//! The file of an import: however it is cut, the same rows come out, and a row that is taken is fit for letters and spreadsheets.

use warifu_server::domain::customer_file::{
    Characters, Detector, Piece, Record, is_unprintable, judge, read_piece,
};

/// A whole file: its characters, its rows in one piece and in many, and each row judged.
pub(crate) fn file(data: &[u8]) {
    let mut detector = Detector::default();
    detector.take(data);
    let mut again = Detector::default();
    for part in data.chunks(3) {
        again.take(part);
    }
    let characters = detector.end();
    assert_eq!(again.end(), characters, "told the same however it arrives");
    let Ok(characters) = characters else { return };
    let skipped = usize::try_from(characters.skipped()).expect("a few bytes");
    let rows = &data[skipped..];
    let whole = read_piece(characters, rows, 0, true, usize::MAX);
    assert_eq!(all(characters, rows, 2), (whole.records.clone(), whole.stopped));
    for record in &whole.records {
        taken(&record.fields);
    }
    let utf8 = matches!(characters, Characters::Utf8 | Characters::Utf8Marked);
    assert!(!utf8 || std::str::from_utf8(rows).is_ok());
}

/// The rows, a few at a time.
fn all(
    characters: Characters,
    rows: &[u8],
    most: usize,
) -> (
    Vec<Record>,
    Option<(i64, warifu_server::domain::customer_file::Problem)>,
) {
    let (mut from, mut lines, mut records) = (0, 0, Vec::new());
    loop {
        let piece: Piece = read_piece(characters, &rows[from..], lines, true, most);
        from += piece.bytes;
        lines += piece.lines;
        let end = piece.bytes == 0 || from == rows.len();
        records.extend(piece.records);
        if piece.stopped.is_some() || end {
            return (records, piece.stopped);
        }
    }
}

fn taken(fields: &[String]) {
    let Ok(customer) = judge(fields) else { return };
    assert!(!customer.name.is_empty() && customer.name.chars().count() <= 100);
    assert!(!customer.name.chars().any(is_unprintable));
    assert!(!customer.name.starts_with(['=', '+', '-', '@']), "no formula");
    let mail = customer.mail.as_ref().map_or("", |it| it.as_str());
    let again = [
        customer.number.as_str().to_owned(),
        customer.name.clone(),
        customer.language.pick("ja", "en").to_owned(),
        mail.to_owned(),
    ];
    assert_eq!(
        judge(&again),
        Ok(customer),
        "written and read again it is the same"
    );
}
