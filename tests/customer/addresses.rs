//! Mail addresses: proven, changed, stopped from the old side, refused by the mail server.
