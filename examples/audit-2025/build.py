#!/usr/bin/env python3
"""Builds the sample audit file: python3 build.py [OUT]. Sets up its own Python environment in the user's cache on first use."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent


def environment() -> None:
    """Restarts this script inside a virtual environment that holds requirements.txt."""
    requirements = HERE / "requirements.txt"
    digest = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:16]
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "beleg" / f"sample-corpus-{digest}"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if Path(sys.prefix).resolve() == folder.resolve():
        return
    if not (folder / "complete").exists():
        print(f"setting up a Python environment in {folder} (once)", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(requirements)], check=True)
        (folder / "complete").touch()
    raise SystemExit(subprocess.run([str(python), sys.argv[0], *sys.argv[1:]]).returncode)


if __name__ == "__main__":
    environment()
    sys.path.insert(0, str(HERE / "sources"))
    from corpus import build

    started = time.monotonic()
    out = Path(sys.argv[1] if len(sys.argv) > 1 else HERE / "build").resolve()
    count = build(out, HERE / "sources")
    print(f"{count} files in {out}, {time.monotonic() - started:.1f} s")
