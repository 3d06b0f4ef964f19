"""The tree of an audit log, its signed checkpoint and its folder: c2sp.org/tlog-tiles, c2sp.org/signed-note, RFC 6962."""

import base64
import hashlib
import re

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Finding(Exception):
    """Something is not as it should be."""


def check(fine, what):
    if not fine:
        raise Finding(what)


def b64(text, length=None):
    data = base64.b64decode(text, validate=True)
    check(base64.b64encode(data).decode() == text and length in (None, len(data)), "base64 in another spelling or length")
    return data


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def leaf_hash(*entry):
    return sha256(b"\0", *entry)


def node_hash(left, right):
    return sha256(b"\1", left, right)


def tree_root(hashes):
    """The root over leaves, or over complete subtrees of one height."""
    while len(hashes) > 1:
        pairs = [node_hash(*hashes[i : i + 2]) for i in range(0, len(hashes) - 1, 2)]
        hashes = pairs + hashes[2 * len(pairs) :]
    return hashes[0] if hashes else sha256()


def proof_root(index, size, root, path):
    """Where a proof of inclusion leads (RFC 9162, section 2.1.3.2)."""
    check(0 <= index < size, "a proof is of a leaf that is not there")
    last = size - 1
    for other in path:
        check(last > 0, "a proof is too long")
        if index & 1 or index == last:
            root = node_hash(other, root)
            while not index & 1:
                index, last = index >> 1, last >> 1
        else:
            root = node_hash(root, other)
        index, last = index >> 1, last >> 1
    check(last == 0, "a proof is too short")
    return root


def parse_key(text):
    name, key_id, key = text.split("+", 2)
    key = b64(key, 33)
    check(key[0] == 1 and sha256(name.encode(), b"\n", key)[:4].hex() == key_id, "this is no verifier key for Ed25519")
    return name, key_id, Ed25519PublicKey.from_public_bytes(key[1:])


def open_checkpoint(note, name, key_id, public):
    """Size and root of a checkpoint that the key signed and whose origin is the key's name."""
    text, lines = re.fullmatch("(.*\n)\n((?:— [^\n]+\n)+)", note.decode(), re.DOTALL).groups()
    signed = False
    for _, signer, signature in (line.split(" ") for line in lines.removesuffix("\n").split("\n")):
        signature = b64(signature)
        if signer == name and signature[:4].hex() == key_id:
            public.verify(signature[4:], text.encode())
            signed = True
    origin, size, root = text.split("\n")[:3]
    check(signed and origin == name and str(int(size)) == size, "the checkpoint is not signed by the key, or of another log")
    print(f"The checkpoint of {name} is signed by the key; it covers {size} entries.")
    return int(size), b64(root, 32)


def read_tile(folder, level, index, width):
    """A tile, and its width: the full one where the partial one is gone."""
    digits = str(index).zfill(-(-len(str(index)) // 3) * 3)
    full = folder.joinpath("tile", str(level), *(f"x{part}" for part in re.findall("...", digits[:-3])), digits[-3:])
    partial = full.with_name(f"{full.name}.p") / str(width)
    return (partial.read_bytes(), width) if width < 256 and partial.exists() else (full.read_bytes(), 256)


def check_tile(folder, level, index, hashes):
    tile, width = read_tile(folder, level, index, len(hashes))
    fine = len(tile) == 32 * width and tile.startswith(b"".join(hashes))
    check(fine, f"tile {index} of level {level} is not that of what stands below it")


def verify_log(folder, key):
    size, root = open_checkpoint((folder / "checkpoint").read_bytes(), *key)
    levels = [[] for _ in range(9)]
    for first in range(0, size, 256):
        bundle, width = read_tile(folder, "entries", first // 256, min(256, size - first))
        at, entries = 0, []
        while at < len(bundle):
            end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
            entries.append(bundle[at + 2 : end])
            at = end
        check(at == len(bundle) and len(entries) == width, f"the entries from {first} on are cut off, or too many")
        levels[0] = [leaf_hash(entry) for entry in entries[: size - first]]
        for level in range(8):
            if len(levels[level]) == 256:
                check_tile(folder, level, first >> 8 * (level + 1), levels[level])
                levels[level + 1].append(tree_root(levels[level]))
                levels[level] = []
    above = None
    for level, hashes in enumerate(levels):
        if hashes:
            check_tile(folder, level, size >> 8 * (level + 1), hashes)
        while hashes:  # the rightmost complete subtree is as wide as the lowest bit that is set in their number
            width = len(hashes) & -len(hashes)
            subtree, hashes = tree_root(hashes[-width:]), hashes[:-width]
            above = node_hash(subtree, above) if above else subtree
    check((above or sha256()) == root, "the entries do not lead to the signed root")
    print(f"Each of the {size} entries was hashed and compared with the tiles, and all tiles with the signed root.")
