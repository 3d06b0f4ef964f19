"""Verifies entries and payloads of an evidence bundle of Beleg without Beleg: bundle.py BUNDLE.zip VKEY

Stops at the first finding. Exit code 0: good; 1: a finding; 2: wrong use. Needs `cryptography` of PyPI.
The formats: c2sp.org/signed-note, c2sp.org/tlog-proof, RFC 6962, docs/audit-log.md of Beleg."""

import base64
import hashlib
import hmac
import json
import re
import sys
import zipfile
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def check(fine, what):
    if not fine:
        raise ValueError(what)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def b64(text, length=None):
    data = base64.b64decode(text, validate=True)
    check(base64.b64encode(data).decode() == text and length in (None, len(data)), "base64 in another spelling")
    return data


def parse_key(text):
    name, key_id, key = text.split("+", 2)
    key = b64(key, 33)
    check(key[0] == 1 and sha256(name.encode(), b"\n", key)[:4].hex() == key_id, "this is no verifier key for Ed25519")
    return name, bytes.fromhex(key_id), Ed25519PublicKey.from_public_bytes(key[1:])


def open_checkpoint(note, name, key_id, public):
    """Size and root of a checkpoint that the key signed and whose origin is the key's name."""
    signed = re.fullmatch("(.*\n)\n((?:— [^\n]+\n)+)", note.decode(), re.DOTALL)
    check(signed, "the checkpoint is no signed note")
    text, lines = signed[1], signed[2].removesuffix("\n").split("\n")
    signatures = [b64(line.split(" ")[2]) for line in lines if line.startswith(f"— {name} ")]
    own = [signature[4:] for signature in signatures if signature[:4] == key_id]
    origin, size, root = text.split("\n")[:3]
    check(own and origin == name, "the checkpoint is not signed by the key, or is of another log")
    public.verify(own[0], text.encode())
    print(f"The checkpoint of {name} is signed by the key; it covers {size} entries.")
    return int(size), b64(root, 32)


def proof_root(leaf, index, size, path):
    """Where a proof leads that the leaf is in a tree: to the tree's root, if it is (RFC 6962, section 2.1.1)."""
    check(0 <= index < size and (size > 1) == bool(path), "a proof does not fit the size of its tree")
    if size == 1:
        return leaf
    left, below, above = 1 << (size - 1).bit_length() - 1, path[:-1], b64(path[-1], 32)
    if index < left:
        return sha256(b"\1", proof_root(leaf, index, left, below), above)
    return sha256(b"\1", above, proof_root(leaf, index - left, size - left, below))


def read_entry(files, index, size, root):
    """An entry that is in the log at its place."""
    head, checkpoint = files[f"proofs/{index}.tlog-proof"].split(b"\n\n", 1)
    first, second, *path = head.decode().split("\n")
    fine = (first, second, checkpoint) == ("c2sp.org/tlog-proof@v1", f"index {index}", files["checkpoint"])
    check(fine, f"entry {index} has no proof over this checkpoint")
    leaf = sha256(b"\0", files[f"entries/{index}.json"])
    check(proof_root(leaf, index, size, path) == root, f"entry {index} is not in the log")
    return json.loads(files[f"entries/{index}.json"])


def check_payload(payload, data, salt, name):
    mac = hmac.new(salt, b"beleg1\0" + payload["name"].encode() + b"\0" + data, "sha256").hexdigest()
    fine = len(salt) == 32 and len(data) == payload["length"] and mac == payload["commitment"]
    check(fine, f"{name} is not what the entry commits to")


def verify(place, key):
    with zipfile.ZipFile(place) as archive:
        check(len(set(archive.namelist())) == len(archive.namelist()), "a file is there twice")
        files = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(files["manifest.json"])
    digests = {name: sha256(data).hex() for name, data in files.items() if name not in ("manifest.json", "verify.html")}
    check(digests == manifest["files"], "the files are not those that the manifest lists")
    size, root = open_checkpoint(files["checkpoint"], *key)
    check((manifest["origin"], manifest["size"]) == (key[0], size), "the manifest is of another checkpoint")
    gone = [(at["index"], at["ordinal"], at["name"]) for at in manifest["erased"] + manifest["withheld"]]
    used, answers = set(), []
    for listed in manifest["entries"]:
        index = listed["index"]
        entry = read_entry(files, index, size, root)
        fine = (entry["id"], entry["type"]) == (listed["id"], listed["type"])
        check(fine, f"entry {index} is not the one that the manifest names")
        if entry["type"] == "answer":
            answers.append(entry["versions"]["answer"])
        used |= {f"entries/{index}.json", f"proofs/{index}.tlog-proof"}
        for ordinal, payload in enumerate(entry.get("payloads", [])):
            stem = f"payloads/{index}/{ordinal:03}."
            names = [stem + kind for kind in ("json", "txt", "bin") if stem + kind in files]
            if names or (index, ordinal, payload["name"]) not in gone:
                check(len(names) == 1, f"{stem} is neither shown, nor said to be erased or withheld")
                check_payload(payload, files[names[0]], files[stem + "salt"], names[0])
                used |= {names[0], stem + "salt"}
    check(manifest["answer"] in answers, "the answer is not among the entries")
    for name in files:
        stray = name.startswith(("entries/", "proofs/", "payloads/")) and name not in used
        check(not stray, f"{name} belongs to no entry")
    entries, erased, withheld = (len(manifest[name]) for name in ("entries", "erased", "withheld"))
    print(f"Each of {entries} entries is in the log; the payloads are those that they commit to,")
    print(f"but for {erased} that are erased and {withheld} withheld.")
    print("Compared with the manifest alone, which nobody signed: pictures, originals, tables, README.txt.")


def main(arguments):
    try:
        place, key = Path(arguments[0]), parse_key(arguments[1])
        check(place.is_file() and len(arguments) == 2, f"there is no file {place}")
    except (LookupError, ValueError) as error:
        print(f"{__doc__}\n{error}", file=sys.stderr)
        return 2
    try:
        verify(place, key)
    except Exception as error:  # whatever a file brings about that somebody changed
        print(f"FINDING: {error} ({type(error).__name__})\nNOT GOOD.")
        return 1
    print("GOOD.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
