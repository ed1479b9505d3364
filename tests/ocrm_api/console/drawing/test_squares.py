"""The square code says what it was given: its path is the matrix that the library made."""

import re

import segno

from ocrm_api.console.drawing.squares import QUIET, squares

URI = "otpauth://totp/ECIF:li.na?secret=JBSWY3DPEHPK3PXP&issuer=ECIF"


def test_every_dark_module_is_in_the_path_once() -> None:
    drawn = squares(URI)
    dark = [
        (int(x) + step - QUIET, int(y) - QUIET)
        for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", drawn.path)
        for step in range(int(length))
    ]
    matrix = segno.make(URI, error="m", micro=False).matrix
    wanted = {(x, y) for y, row in enumerate(matrix) for x, module in enumerate(row) if module}
    assert (set(dark), len(dark)) == (wanted, len(wanted))
    assert drawn.size == len(matrix) + 2 * QUIET
