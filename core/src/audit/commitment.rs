use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

fn mac(salt: &[u8; 32], name: &str, payload: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(salt).expect("HMAC takes keys of any length");
    for part in [b"beleg1\0", name.as_bytes(), b"\0", payload] {
        mac.update(part);
    }
    mac
}

/// Commits to a payload without telling anything of it: HMAC-SHA256(`salt`, "beleg1\0" ‖ `name` ‖ 0x00 ‖ `payload`).
///
/// Who has the salt and the payload can show that they are what was recorded; once the salt is destroyed nobody can try guesses.
/// `name` has no NUL, so that no two pairs of name and payload are the same bytes. The salt is random and used once.
pub fn commitment(salt: &[u8; 32], name: &str, payload: &[u8]) -> [u8; 32] {
    debug_assert!(!name.contains('\0'), "names of payloads have no NUL");
    mac(salt, name, payload).finalize().into_bytes().into()
}

/// Whether `expected` is the commitment to this payload.
pub fn is_committed(salt: &[u8; 32], name: &str, payload: &[u8], expected: &[u8; 32]) -> bool {
    !name.contains('\0') && mac(salt, name, payload).verify_slice(expected).is_ok()
}
