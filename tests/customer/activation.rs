//! An account that the firm opened becomes the customer's own.
