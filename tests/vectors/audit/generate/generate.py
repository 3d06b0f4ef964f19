"""Makes keys.json (the witnesses' part), checkpoint-cosigned, commitments.json and canonical.json: generate.py FOLDER, after main.go."""

import base64
import hashlib
import hmac
import json
import struct
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

FOLDER = Path(sys.argv[1])
TIME = 1_764_000_000


def seed_of(name):
    return hashlib.sha256(f"beleg vectors: {name}".encode()).digest()


def key_of(name, kind, public):
    key = bytes([kind]) + public
    key_id = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
    return key_id, f"{name}+{key_id.hex()}+{base64.b64encode(key).decode()}"


def cosignatures():
    keys = json.loads((FOLDER / "keys.json").read_text())
    checkpoint = (FOLDER / "log/checkpoint").read_text()
    body = checkpoint[: checkpoint.rindex("\n\n") + 1]
    origin, size, root = body.splitlines()
    lines = ""

    name, seed = "witness.example/ed25519", seed_of("witness")
    key = Ed25519PrivateKey.from_private_bytes(seed)
    key_id, vkey = key_of(name, 4, key.public_key().public_bytes_raw())
    signature = key.sign(f"cosignature/v1\ntime {TIME}\n{body}".encode())
    lines += f"— {name} {base64.b64encode(key_id + struct.pack('>Q', TIME) + signature).decode()}\n"
    keys["witness"] = {"name": name, "seed": seed.hex(), "vkey": vkey, "time": TIME}

    name, seed = "witness.example/ml-dsa-44", seed_of("witness ML-DSA-44")
    key = MLDSA44PrivateKey.from_seed_bytes(seed)
    key_id, vkey = key_of(name, 6, key.public_key().public_bytes_raw())
    message = b"subtree/v1\n\0" + bytes([len(name)]) + name.encode() + struct.pack(">Q", TIME)
    message += bytes([len(origin)]) + origin.encode() + struct.pack(">QQ", 0, int(size)) + base64.b64decode(root)
    signature = key.sign(message)
    lines += f"— {name} {base64.b64encode(key_id + struct.pack('>Q', TIME) + signature).decode()}\n"
    keys["witness_ml_dsa"] = {"name": name, "seed": seed.hex(), "vkey": vkey, "time": TIME}

    (FOLDER / "checkpoint-cosigned").write_text(checkpoint + lines)

    # The log's own second line: its name is the origin, and its time is none.
    seed = seed_of("log ML-DSA-44")
    key = MLDSA44PrivateKey.from_seed_bytes(seed)
    key_id, vkey = key_of(origin, 6, key.public_key().public_bytes_raw())
    message = b"subtree/v1\n\0" + bytes([len(origin)]) + origin.encode() + bytes(8)
    message += bytes([len(origin)]) + origin.encode() + struct.pack(">QQ", 0, int(size)) + base64.b64decode(root)
    line = f"— {origin} {base64.b64encode(key_id + bytes(8) + key.sign(message)).decode()}\n"
    (FOLDER / "checkpoint-ml-dsa").write_text(checkpoint + line)
    keys["log_ml_dsa"] = {"name": origin, "seed": seed.hex(), "vkey": vkey}

    (FOLDER / "keys.json").write_text(json.dumps(keys, indent=1) + "\n")


def commitments():
    vectors = []
    for name, payload in [("query", "Wie hoch waren die Umsatzerlöse?".encode()), ("answer", b""), ("passage/ä", bytes(range(256))), ("vector", b"\0" * 1000)]:
        salt = seed_of(f"salt of {name}")
        mac = hmac.new(salt, b"beleg1\0" + name.encode() + b"\0" + payload, hashlib.sha256)
        vectors.append({"name": name, "salt": salt.hex(), "payload": payload.hex(), "commitment": mac.hexdigest()})
    (FOLDER / "commitments.json").write_text(json.dumps(vectors, indent=1, ensure_ascii=False) + "\n")


def canonical(value):
    """RFC 8785 without floats: keys in the order of their UTF-16 code units."""
    if isinstance(value, dict):
        members = sorted(value.items(), key=lambda member: member[0].encode("utf-16-be"))
        return "{" + ",".join(f"{canonical(key)}:{canonical(member)}" for key, member in members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def canonical_json():
    fine = [
        # RFC 8785, sections 3.2.2 (without its floats) and 3.2.3.
        r"""{"string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}""",
        r"""{"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One", "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"}""",
        # From the test data that belongs to it.
        r"""[56, {"d": true, "10": null, "1": [ ]}]""",
        r"""{"1": {"f": {"f": "hi", "F": 5}, "\n": 56}, "10": {}, "": "empty", "a": {}, "111": [{"e": "yes", "E": "no"}], "A": {}}""",
        r"""{"peach": "This sorting order", "péché": "is wrong according to French", "pêche": "but canonicalization MUST", "sin": "ignore locale"}""",
        r"""{"Unnormalized Unicode": "A\u030a"}""",
        "[]", "{}", '""', "0", "-1", "9007199254740991", "-9007199254740991", r'"\b\t\n\f\r\u0000\u001f\u007f\u2028"', '{"a":{"b":[1,"2"]}}',
    ]
    refused = ['{"a":1,"a":1}', '{"b":1,"a":2}', "1.0", "-0", "1e2", "9007199254740992", '{"a": 1}', r'"\u00e4"', r'"\/"', '"\\ud800"', "", "[1,]", "nul"]
    vectors = [{"input": text, "canonical": canonical(json.loads(text))} for text in fine]
    vectors += [{"input": text, "canonical": None} for text in refused]
    (FOLDER / "canonical.json").write_text(json.dumps(vectors, indent=1) + "\n")


cosignatures()
commitments()
canonical_json()
