//! What all encrypted formats say about passwords.

use crate::{Error, ErrorKind};

/// The error for a document that none of `passwords` opens: there was none, or none is right. It repeats none.
pub(super) fn refused(passwords: &[String]) -> Error {
    if passwords.is_empty() {
        Error::new(ErrorKind::Encrypted, "document.encrypted", "the document needs a password")
            .with_hint("give its password; the command line takes --password-file")
    } else {
        Error::new(ErrorKind::Encrypted, "document.wrong_password", "no password that was given opens the document")
            .with_hint("add its password to those that are given; a password file has one a line")
    }
}
