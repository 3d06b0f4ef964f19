//! How an action gets on the record.
