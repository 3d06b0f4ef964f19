"""Writes the tables of codes in docs/errors.md from the source; with --check it ends with 1 when they are not up to date."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "errors.md"
BEGIN, END = "<!-- begin {}: made by scripts/error_codes.sh -->", "<!-- end {} -->"

CODE = r'"([a-z0-9_]+(?:\.[a-z0-9_]+)+)"'
STRING = r'"((?:[^"\\]|\\.)*)"'
ERROR = re.compile(rf"(Error::new\(\s*|=> \()?ErrorKind::(\w+),\s*{CODE},\s*(?:(?:format!\(\s*)?{STRING})?")
NOTICE = re.compile(rf"{CODE}(?:\.to_owned\(\))?,\s*(?:self\.\w+,\s*)?(?:message:\s*)?(?:format!\(\s*)?{STRING}")
NOTICES = ("archive.", "document.", "docx.", "eml.", "html.", "ooxml.", "page.", "pdf.", "pptx.", "xlsx.", "zip.")
# Errors of the operating system are worded by what was being done.
IO = "cannot {doing}: {error}"


def production(text: str) -> str:
    """The source without the tests at its end."""
    return re.split(r"^#\[cfg\((?:all\()?test\b.*\)\]\n(?:#.*\n)*mod \w+ \{", text, maxsplit=1, flags=re.M)[0]


def sources() -> list[tuple[str, str]]:
    """Room and text of each source that is no test."""
    folder = ROOT / "core" / "src"
    paths = [path.relative_to(folder) for path in sorted(folder.rglob("*.rs"))]
    paths = [path for path in paths if path.stem not in ("tests", "testing") and "tests" not in path.parts]
    return [(path.parts[0].removesuffix(".rs"), production((folder / path).read_text(encoding="utf-8"))) for path in paths]


def readable(message: str) -> str:
    return message.replace("|", "\\|").replace('\\"', '"')


def snake(kind: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", kind).lower()


def tables() -> dict[str, str]:
    kinds: dict[str, str] = {}
    says: dict[str, list[str]] = {}
    rooms: dict[str, set[str]] = {}
    notices: dict[str, str] = {}
    texts = sources()
    for room, text in texts:
        for direct, kind, code, message in ERROR.findall(text):
            if kinds.setdefault(code, kind) != kind:
                sys.exit(f"error: {code} has two kinds, {kinds[code]} and {kind}")
            rooms.setdefault(code, set()).add(room)
            if code.startswith("io."):
                says[code] = [IO]
            elif direct and message and readable(message) not in says.setdefault(code, []):
                says[code].append(readable(message))
    for room, text in texts:
        if room == "document":
            for code, message in NOTICE.findall(text):
                if code not in kinds and code.startswith(NOTICES):
                    notices.setdefault(code, readable(message))
    errors = [f"| `{code}` | `{snake(kind)}` | {'; '.join(says.get(code) or ['what failed'])} | {', '.join(sorted(rooms[code]))} |" for code, kind in sorted(kinds.items())]
    remarks = [f"| `{code}` | {message} |" for code, message in sorted(notices.items())]
    return {
        "errors": "\n".join(["| code | kind | says | room |", "|---|---|---|---|", *errors]),
        "notices": "\n".join(["| code | says |", "|---|---|", *remarks]),
    }


def main(check: bool) -> int:
    page = PAGE.read_text(encoding="utf-8")
    new = page
    for name, table in tables().items():
        begin, end = BEGIN.format(name), END.format(name)
        if new.count(begin) != 1 or new.count(end) != 1:
            sys.exit(f"error: {PAGE.name} lacks the marks between which the table of {name} stands")
        head, rest = new.split(begin)
        new = f"{head}{begin}\n{table}\n{end}{rest.split(end)[1]}"
    if new == page:
        return 0
    if check:
        print("docs/errors.md is not up to date; run scripts/error_codes.sh", file=sys.stderr)
        return 1
    PAGE.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main("--check" in sys.argv[1:]))
