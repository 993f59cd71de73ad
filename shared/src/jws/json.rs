//! Strict JSON: one value, nothing behind it, no member twice in any object at any depth (KEY-11).

use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::JwsError;

/// Reads a `T`. A derived reader alone finds duplicates only in the members that it knows.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, JwsError> {
    let found = Cell::new(false);
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let walked = Walk(&found).deserialize(&mut reader).and_then(|()| reader.end());
    if found.get() {
        return Err(JwsError::DuplicateMember);
    }
    walked.map_err(|_| JwsError::Malformed)?;
    serde_json::from_slice(bytes).map_err(|_| JwsError::BadClaims("form"))
}

/// Walks a value of any shape and reports a member that occurs twice.
#[derive(Clone, Copy)]
struct Walk<'a>(&'a Cell<bool>);

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            map.next_value_seed(self)?;
            if !seen.insert(name) {
                self.0.set(true);
                return Err(serde::de::Error::custom("a member occurs twice"));
            }
        }
        Ok(())
    }
}
