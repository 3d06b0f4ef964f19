"""Verifies the folder of an audit log, or an evidence bundle, of Beleg without Beleg: verify.py LOGFOLDER|BUNDLE.zip VKEY

Stops at the first finding. Exit code 0: good; 1: a finding; 2: wrong use. Needs `cryptography` (pip install cryptography)."""

import sys
import zipfile
from pathlib import Path

from bundle import verify_bundle
from cryptography.exceptions import InvalidSignature
from tlog import Finding, check, parse_key, verify_log


def main(arguments):
    try:
        place, key = Path(arguments[0]), parse_key(arguments[1])
        check(place.exists() and len(arguments) == 2, f"there is no {place}")
    except (LookupError, ValueError, Finding) as error:
        print(f"{__doc__}\n{error}", file=sys.stderr)
        return 2
    try:
        (verify_log if place.is_dir() else verify_bundle)(place, key)
    except (Finding, InvalidSignature, OSError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        print(f"FINDING: {error or 'the signature is wrong'}\nNOT GOOD.")
        return 1
    except zipfile.BadZipFile as error:
        print(f"FINDING: the bundle is no ZIP archive ({error})\nNOT GOOD.")
        return 1
    print("GOOD.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
