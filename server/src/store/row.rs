//! Reading of columns: a stored value that cannot be read back is an inconsistency, not a panic.

use std::str::FromStr;

use sqlx::Row;
use sqlx::any::AnyRow;
use warifu_shared::clock::Timestamp;

use super::error::StoreError;

/// A text column.
pub(super) fn text(row: &AnyRow, column: &str) -> Result<String, StoreError> {
    Ok(row.try_get(column)?)
}

/// A text column that may be NULL.
pub(super) fn optional_text(row: &AnyRow, column: &str) -> Result<Option<String>, StoreError> {
    Ok(row.try_get(column)?)
}

/// An integer column.
pub(super) fn int(row: &AnyRow, column: &str) -> Result<i64, StoreError> {
    Ok(row.try_get(column)?)
}

/// An integer column that may be NULL.
pub(super) fn optional_int(row: &AnyRow, column: &str) -> Result<Option<i64>, StoreError> {
    Ok(row.try_get(column)?)
}

/// A 0/1 column.
pub(super) fn flag(row: &AnyRow, column: &str) -> Result<bool, StoreError> {
    Ok(int(row, column)? != 0)
}

/// A time column.
pub(super) fn time(row: &AnyRow, column: &str) -> Result<Timestamp, StoreError> {
    Ok(Timestamp(int(row, column)?))
}

/// A bytes column.
pub(super) fn bytes(row: &AnyRow, column: &str) -> Result<Vec<u8>, StoreError> {
    Ok(row.try_get(column)?)
}

/// A text column that holds a typed value.
pub(super) fn parsed<T: FromStr>(row: &AnyRow, table: &'static str, column: &str) -> Result<T, StoreError> {
    let value = text(row, column)?;
    value
        .parse()
        .map_err(|_| StoreError::inconsistent(table, value, column))
}

/// A text column that a reader turns into a typed value.
pub(super) fn read<T>(
    row: &AnyRow,
    table: &'static str,
    column: &str,
    reader: impl FnOnce(&str) -> Option<T>,
) -> Result<T, StoreError> {
    let value = text(row, column)?;
    reader(&value).ok_or_else(|| StoreError::inconsistent(table, value, column))
}

/// A bytes column that may be NULL.
pub(super) fn optional_bytes(row: &AnyRow, column: &str) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(row.try_get(column)?)
}
