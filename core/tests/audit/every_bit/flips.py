"""Runs verifiers of examples/verify/python in this process, once for each flipped bit of what they read.

flips.py log FOLDER VKEY        every bit of the files
flips.py bundle BUNDLE.zip VKEY every bit of what the archive has around its files; of the files, with a manifest that lists them as
                                they are; of the manifest

A flip that passes must be explained: what the verifier stands for is the same. The verifiers themselves come from PYTHONPATH."""

import base64
import functools
import hashlib
import importlib
import io
import json
import os
import sys
import zipfile
from contextlib import redirect_stdout
from pathlib import Path, PurePosixPath
from types import SimpleNamespace


class Remembered:
    """A public key that need not be asked twice about the same: its answer hangs on nothing else."""

    def __init__(self, key):
        self.verify = functools.lru_cache(64)(key.verify)


def verifier(name):
    """The verifier as a module. Its hash of the same bytes is not computed twice."""
    module = importlib.import_module(name)
    module.sha256 = functools.lru_cache(4096)(module.sha256)
    return module


def parse_key(module, text):
    name, key_id, key = module.parse_key(text)
    return name, key_id, Remembered(key)


class Flips:
    def __init__(self):
        self.tried, self.passed, self.silence = 0, 0, open(os.devnull, "w")

    def accepts(self, verify):
        with redirect_stdout(self.silence):
            try:
                verify()
            except Exception:  # as the verifiers do, whose finding it is
                return False
        return True

    def every(self, name, content, verify, explained, outside=()):
        """Flips each bit of the content but for ranges; `explained` is asked with the byte's place and the content as it is now."""
        flipped, skipped = bytearray(content), {at for part in outside for at in part}
        for at in range(len(content)):
            for bit in range(0 if at in skipped else 8):
                flipped[at] ^= 1 << bit
                now = bytes(flipped)
                self.tried += 1
                if self.accepts(lambda: verify(now)):
                    self.passed += 1
                    if not explained(at, now):
                        sys.exit(f"bit {bit} of byte {at} of {name} passes")
                flipped[at] ^= 1 << bit
        if not self.accepts(lambda: verify(content)):
            sys.exit(f"{name} does not pass as it was")

    def end(self):
        print(f"{self.tried} bits, {self.passed} passed")


def never(_at, _now):
    return False


def flip_log(folder, vkey):
    log, flips = verifier("log"), Flips()
    key, tree_root = parse_key(log, vkey), log.tree_root
    root = functools.lru_cache(64)(lambda hashes: tree_root(list(hashes)))
    log.tree_root = lambda hashes: root(tuple(hashes))  # nor is the root of the same hashes
    files = {str(path.relative_to(folder)): path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}

    class Memory(PurePosixPath):
        def read_bytes(self):
            return files[str(self)]

        def exists(self):
            return str(self) in files

    def foreign(at, _now, note=files["checkpoint"]):
        """The byte is in a signature line of another key: such lines are to be passed over."""
        start, end = note.rfind(b"\n", 0, at) + 1, note.index(b"\n", at)
        words = note[start:end].split(b" ")
        own = words[1:2] == [key[0].encode()] and base64.b64decode(words[2])[:4] == key[1]
        return words[0] == "—".encode() and not own

    for name, content in sorted(files.items()):

        def verify(now):
            files[name] = now
            log.verify(Memory("."), key)

        flips.every(name, content, verify, foreign if name == "checkpoint" else never)
    flips.end()


class Archive:
    """An archive that is in memory and no ZIP."""

    def __init__(self, files):
        self.read, self.namelist = files.__getitem__, lambda: list(files)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def flip_bundle(place, vkey):
    bundle, quotes, flips = verifier("bundle"), verifier("quotes"), Flips()
    key, archive = parse_key(bundle, vkey), Path(place).read_bytes()
    shown, shown_text = [], quotes.shown_text

    def watched(page, root):
        """What a page is believed for: whose it is, and the bytes of its text at their places."""
        text = shown_text(page, root)
        shown.append((page["document"], page["version"], page["page"], root, text))
        return text

    def unpack(archive):
        with zipfile.ZipFile(io.BytesIO(archive)) as reader:
            return [(name, reader.read(name)) for name in reader.namelist()]

    def verify_archive(now):
        bundle.verify(io.BytesIO(now), key)
        with zipfile.ZipFile(io.BytesIO(now)) as reader:
            quotes.verify(reader)

    with zipfile.ZipFile(place) as reader:
        starts = [(info.header_offset + 30 + len(info.filename.encode()), info.file_size) for info in reader.infolist()]
    contents = [range(start, start + size) for start, size in starts]
    files = unpack(archive)
    # What this reader of ZIP makes of it is the same: times, attributes and versions are nothing that the verifiers read.
    flips.every("the archive", archive, verify_archive, lambda _, now: unpack(now) == files, contents)

    # From here on the files alone.
    files, quotes.shown_text = dict(files), watched
    bundle.zipfile = SimpleNamespace(ZipFile=Archive)

    def verify_files(files):
        shown.clear()
        bundle.verify(files, key)
        quotes.verify(Archive(files))

    verify_files(files)
    before = list(shown)
    for name, content in files.items():
        listed = hashlib.sha256(content).hexdigest().encode()

        def verify(now):
            changed = {**files, name: now}
            if name != "manifest.json":
                digest = hashlib.sha256(now).hexdigest().encode()
                changed["manifest.json"] = files["manifest.json"].replace(listed, digest)
            verify_files(changed)

        def explained(_at, now):
            if name == "manifest.json":
                return read_of(now) == read_of(content)
            # That there are more or fewer pages behind one is nothing that a path says; the places on a page stand in its blocks.
            # Of what is no evidence the verifier says that it is held against the manifest alone, which nobody signed.
            stands_for = name == "checkpoint" or name.split("/")[0] in ("entries", "proofs", "payloads")
            return not stands_for and shown == before

        flips.every(name, content, verify, explained)
    flips.end()


def read_of(manifest):
    """What bundle.py reads of a manifest."""
    manifest = json.loads(manifest)
    listed = [(entry["index"], entry["id"], entry["type"]) for entry in manifest["entries"]]
    gone = [(at["index"], at["ordinal"], at["name"]) for at in manifest["erased"] + manifest["withheld"]]
    return listed, gone, [manifest[name] for name in ("answer", "files", "origin", "size")]


if __name__ == "__main__":
    {"log": flip_log, "bundle": flip_bundle}[sys.argv[1]](*sys.argv[2:])
