"""Verifies cited pages and quotes of an evidence bundle of Beleg without Beleg: quotes.py BUNDLE.zip

They are held against payloads; that those are the ones of the log is what bundle.py checks. Stops at the first finding.
Exit code 0: good; 1: a finding; 2: wrong use. The formats: RFC 6962, docs/audit-log.md of Beleg."""

import base64
import hashlib
import json
import re
import sys
import zipfile


def check(fine, what):
    if not fine:
        raise ValueError(what)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def b64(text, length=None):
    data = base64.b64decode(text, validate=True)
    check(base64.b64encode(data).decode() == text and length in (None, len(data)), "base64 in another spelling")
    return data


def proof_root(leaf, index, size, path):
    """Where a proof leads that the leaf is in a tree: to the tree's root, if it is (RFC 6962, section 2.1.1)."""
    check(0 <= index < size and (size > 1) == bool(path), "a proof does not fit the size of its tree")
    if size == 1:
        return leaf
    left, below, above = 1 << (size - 1).bit_length() - 1, path[:-1], b64(path[-1], 32)
    if index < left:
        return sha256(b"\1", proof_root(leaf, index, left, below), above)
    return sha256(b"\1", above, proof_root(leaf, index - left, size - left, below))


def shown_text(page, pages_root):
    """The bytes of a page that are shown, by place: they are those that were taken in with its document."""
    text = {}
    for block in page["shown"]:
        leaf = sha256(b"\0", b64(block["salt"], 32), b64(block["block"]))
        page_root = proof_root(leaf, block["index"], page["blocks"], block["path"])
        root = proof_root(sha256(b"\0", page_root), page["page"] - 1, page["pages"], page["path"])
        check(root.hex() == pages_root, f"page {page['page']} of {page['document']} shows what was not taken in")
        shown = json.loads(b64(block["block"]))
        text.update(enumerate(shown["text"].encode(), shown["start"]))
    return text


def verify(archive):
    roots, citations, texts = {}, [], {}
    for name in archive.namelist():
        payload = re.fullmatch(r"payloads/(\d+)/(\d+)\.json", name)
        if payload:
            entry = json.loads(archive.read(f"entries/{payload[1]}.json"))
            kind, content = entry["payloads"][int(payload[2])]["name"], json.loads(archive.read(name))
            if (entry["type"], kind) == ("ingest", "document"):
                roots[content["id"], content["version"]] = content.get("pages_root")
            if (entry["type"], kind) == ("answer", "answer"):
                citations = content["citations"]
    for name in archive.namelist():
        if name.startswith("pages/") and name.endswith(".json"):
            page = json.loads(archive.read(name))
            fine = name == "pages/{document}-{version}/{page}.json".format(**page) and page["shown"]
            check(fine, f"{name} is no page")
            document, number = (page["document"], page["version"]), page["page"]
            texts[document, number] = shown_text(page, roots[document])
            print(
                f"{len(page['shown'])} blocks of page {number} of document {document[0]} are those that were taken in."
            )
    for citation in citations:
        document, words = (citation["document"]["id"], citation["document"]["version"]), []
        for segment in citation["segments"]:
            text, span = texts[document, segment["page"]], segment["span"]
            words.append(bytes(text[at] for at in range(span["start"], span["end"])))
        fine = citation["quote"] and b"\n".join(words) == citation["quote"].encode()
        check(fine, f"the quote {citation['quote']!r} does not stand in the blocks that are shown")
    print(f"The words of {len(citations)} quotes stand in these blocks, byte for byte.")


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        with zipfile.ZipFile(arguments[0]) as archive:
            verify(archive)
    except Exception as error:  # whatever a file brings about that somebody changed
        print(f"FINDING: {error} ({type(error).__name__})\nNOT GOOD.")
        return 1
    print("GOOD.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
