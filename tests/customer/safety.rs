//! The page that says how safe an account is, and its history in plain words.
