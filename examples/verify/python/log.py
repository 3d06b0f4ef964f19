"""Verifies the folder of an audit log of Beleg without Beleg: log.py FOLDER VKEY

Stops at the first finding. Exit code 0: good; 1: a finding; 2: wrong use. Needs `cryptography` of PyPI.
The formats: c2sp.org/tlog-tiles, c2sp.org/tlog-checkpoint, c2sp.org/signed-note, RFC 6962."""

import base64
import hashlib
import re
import sys
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


def tree_root(hashes):
    """The root over leaves, or over complete subtrees of one height (RFC 6962, section 2.1)."""
    while len(hashes) > 1:
        pairs = [sha256(b"\1", *hashes[i : i + 2]) for i in range(0, len(hashes) - 1, 2)]
        hashes = pairs + hashes[2 * len(pairs) :]
    return hashes[0] if hashes else sha256()


def read_tile(folder, level, index, width):
    """A tile, and how wide it is: the full one where the partial one is gone."""
    digits = str(index).zfill(-(-len(str(index)) // 3) * 3)
    full = folder.joinpath("tile", level, *(f"x{part}" for part in re.findall("...", digits[:-3])), digits[-3:])
    partial = full.with_name(f"{full.name}.p") / str(width)
    return (partial.read_bytes(), width) if width < 256 and partial.exists() else (full.read_bytes(), 256)


def read_entries(folder, first, count):
    """The entries from `first` on, at most 256: for each its length in two bytes, and its bytes."""
    bundle, width = read_tile(folder, "entries", first // 256, min(256, count))
    at, entries = 0, []
    while at < len(bundle):
        end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
        entries.append(bundle[at + 2 : end])
        at = end
    check(at == len(bundle) and len(entries) == width, f"the entries from {first} on are cut off, or too many")
    return entries[:count]


def verify(folder, key):
    size, root = open_checkpoint((folder / "checkpoint").read_bytes(), *key)
    hashes = []
    for first in range(0, size, 256):
        hashes += [sha256(b"\0", entry) for entry in read_entries(folder, first, size - first)]
    check(tree_root(hashes) == root, "the entries do not lead to the signed root")
    level = 0
    while hashes:
        tiles = [hashes[first : first + 256] for first in range(0, len(hashes), 256)]
        for index, wanted in enumerate(tiles):
            tile, width = read_tile(folder, str(level), index, len(wanted))
            fine = len(tile) == 32 * width and tile.startswith(b"".join(wanted))
            check(fine, f"tile {index} of level {level} is not that of what stands below it")
        level, hashes = level + 1, [tree_root(tile) for tile in tiles if len(tile) == 256]
    print(f"Each of the {size} entries was hashed; together they give the signed root, and all tiles.")


def main(arguments):
    try:
        place, key = Path(arguments[0]), parse_key(arguments[1])
        check(place.is_dir() and len(arguments) == 2, f"there is no folder {place}")
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
