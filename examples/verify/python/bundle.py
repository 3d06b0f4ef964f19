"""An evidence bundle: entries with proofs, payloads with salts, blocks of pages."""

import hmac
import json
import zipfile

from tlog import b64, check, leaf_hash, open_checkpoint, proof_root, sha256


def verify_payload(files, index, ordinal, payload, gone):
    """The names of a payload's files and its bytes, if it is there; then it is the recorded one."""
    stem = f"payloads/{index}/{ordinal:03}."
    names = [stem + kind for kind in ("json", "txt", "bin") if stem + kind in files]
    if not names and (index, ordinal, payload["name"]) in gone:
        return [], None
    check(len(names) == 1 and stem + "salt" in files, f"payload {ordinal} of entry {index} is neither shown, nor erased, nor withheld")
    data, salt = files[names[0]], files[stem + "salt"]
    mac = hmac.new(salt, b"beleg1\0" + payload["name"].encode() + b"\0" + data, "sha256").hexdigest()
    fine = len(salt) == 32 and len(data) == payload["length"] and hmac.compare_digest(mac, payload["commitment"])
    check(fine, f"payload {ordinal} of entry {index} is not the one that was recorded")
    return [*names, stem + "salt"], data


def verify_page(name, page, roots):
    check(name == "pages/{document}-{version}/{page}.json".format(**page) and page["shown"], f"{name} is no page")
    tops = set()
    for block in page["shown"]:
        leaf = leaf_hash(b64(block["salt"], 32), b64(block["block"]))
        tops.add(proof_root(block["index"], page["blocks"], leaf, [b64(other, 32) for other in block["path"]]))
    check(len(tops) == 1, f"blocks of {name} are of several pages")
    document = page["document"], page["version"]
    top = proof_root(page["page"] - 1, page["pages"], leaf_hash(*tops), [b64(other, 32) for other in page["path"]]).hex()
    check(roots.get(top) == document, f"{name} shows what was not taken in")
    print(f"{len(page['shown'])} blocks of page {page['page']} of document {page['document']} are those that were taken in.")
    return (*document, page["page"]), sorted((b["start"], b["text"].encode()) for b in (json.loads(b64(s["block"])) for s in page["shown"]))


def text_at(blocks, start, end):
    """The bytes of a page from start to end, if the blocks that are shown hold all of them."""
    text = b""
    for at, block in blocks:
        if at <= start + len(text) < min(end, at + len(block)):
            text += block[start + len(text) - at : end - at]
    return text if len(text) == end - start else None


def verify_citations(answer, pages):
    for number, cited in enumerate(answer["citations"], 1):
        document, parts = cited["document"], cited["segments"]
        at = [(pages.get((document["id"], document["version"], part["page"]), []), part["span"]) for part in parts]
        texts = [text_at(blocks, span["start"], span["end"]) for blocks, span in at]
        fine = texts and None not in texts and b"\n".join(texts) == cited["quote"].encode()
        check(fine, f"the words of citation {number} do not stand in the blocks that are shown")
    print(f"The words of {len(answer['citations'])} citations stand in these blocks, byte for byte.")


def verify_bundle(place, key):
    with zipfile.ZipFile(place) as archive:
        names = archive.namelist()
        check(len(names) == len(set(names)) and not any(i.compress_type for i in archive.infolist()), "files are packed, or there twice")
        files = {name: archive.read(name) for name in names}
    manifest = json.loads(files["manifest.json"])
    digests = {name: sha256(data).hex() for name, data in files.items() if name not in ("manifest.json", "verify.html")}
    differ = sorted(name for name, _ in digests.items() ^ manifest["files"].items())
    check(not differ, f"{differ} are not the files that the manifest lists")
    size, root = open_checkpoint(files["checkpoint"], *key)
    check((manifest["origin"], manifest["size"]) == (key[0], size), "the manifest is of another checkpoint")
    gone = {(at["index"], at["ordinal"], at["name"]) for at in manifest["erased"] + manifest["withheld"]}
    used, roots, shown, answer, answered, pages = set(), {}, 0, None, False, {}
    for index, entry_id, kind in ((entry["index"], entry["id"], entry["type"]) for entry in manifest["entries"]):
        leaf, proof = f"entries/{index}.json", f"proofs/{index}.tlog-proof"
        head, checkpoint = files[proof].split(b"\n\n", 1)
        lines = head.decode().split("\n")
        fine = lines[:2] == ["c2sp.org/tlog-proof@v1", f"index {index}"] and checkpoint == files["checkpoint"]
        check(fine, f"entry {index} has no proof over this checkpoint")
        fine = proof_root(index, size, leaf_hash(files[leaf]), [b64(line, 32) for line in lines[2:]]) == root
        check(fine, f"entry {index} is not in the log")
        entry = json.loads(files[leaf])
        check((entry["id"], entry["type"]) == (entry_id, kind), f"entry {index} is not what the manifest says")
        is_answer = kind == "answer" and entry.get("versions", {}).get("answer") == manifest["answer"]
        answered = answered or is_answer
        used |= {leaf, proof}
        for ordinal, payload in enumerate(entry.get("payloads", [])):
            of_payload, data = verify_payload(files, index, ordinal, payload, gone)
            used.update(of_payload)
            shown += data is not None
            if (kind, entry.get("phase"), payload["name"]) == ("ingest", "outcome", "document") and data is not None:
                document = json.loads(data)
                roots[document.get("pages_root")] = document["id"], document["version"]
            if is_answer and payload["name"] == "answer" and data is not None:
                answer = json.loads(data)
    check(answered, "the answer is not among the entries")
    gone = f"{len(manifest['erased'])} are erased, {len(manifest['withheld'])} withheld"
    print(f"Each of {len(manifest['entries'])} entries is in the log; {shown} payloads are the recorded ones, {gone}.")
    for name in files:
        check(name in used or not name.startswith(("entries/", "proofs/", "payloads/")), f"{name} belongs to no entry")
        if name.startswith("pages/") and name.endswith(".json"):
            pages.update([verify_page(name, json.loads(files[name]), roots)])
    if answer:
        verify_citations(answer, pages)
    print("Compared with the manifest alone, which nobody signed: pictures, originals, policy, tables, README.txt.")
