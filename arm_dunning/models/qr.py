"""QR codes as small PNG images, without an imaging library.

Core draws them with a backend that is missing on many servers, in 30 ms; here it takes
2 ms, because the mask is chosen once and for all (each of the eight can be read).
"""

import struct
import zlib

from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel

MASK = 3
SCALE = 4  # pixels of a module
QUIET = 4  # modules of white around it, as the standard asks for
SWISS = "SPC\n"  # what the text of a Swiss QR code begins with


def qr_png(text):
    """A QR code of the text, with the error correction of payment codes (M).

    A Swiss code has the Swiss cross in its middle (SIX, Implementation Guidelines for
    the QR-bill, 6.4.2): banking applications of that country look for it.

    :return: bytes of a PNG in black and white
    """
    code = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(text)
    code.version = code.calculate_version()
    code.makeImpl(False, MASK)
    side = code.moduleCount * SCALE
    dots = [
        "".join(("0" if dark else "1") * SCALE for dark in row)
        for row in code.modules
        for _repeat in range(SCALE)
    ]
    if text.startswith(SWISS):
        dots = _with_cross(dots)
    size = side + 2 * QUIET * SCALE
    margin = "1" * (QUIET * SCALE)
    white = ["1" * size] * (QUIET * SCALE)
    lines = [*white, *(f"{margin}{line}{margin}" for line in dots), *white]
    return _png(lines, size)


def _with_cross(lines):
    """The dots of a code with the Swiss cross over its middle.

    White square, black square and white cross of 7, 6 and 3.75 mm on a code of 46 mm;
    the arms of the cross are 6 of 32 parts of the black square wide.
    """
    side = len(lines)
    half = round(side * 7 / 46 / 2)
    start, stop = side // 2 - half, side // 2 + half
    black = half * 6 / 7
    long, thick = black * 20 / 32, black * 6 / 32
    apart = [abs(place + 0.5 - half) for place in range(stop - start)]

    def dot(far, near):
        return "0" if far <= black and (far > long or near > thick) else "1"

    cross = ["".join(dot(max(x, y), min(x, y)) for x in apart) for y in apart]
    middle = [
        line[:start] + part + line[stop:]
        for line, part in zip(lines[start:stop], cross, strict=True)
    ]
    return [*lines[:start], *middle, *lines[stop:]]


def _png(lines, size):
    """A square picture of one bit a dot, from lines of ones (white) and zeros."""
    width = (size + 7) // 8
    pixels = b"".join(
        b"\0" + int(line.ljust(width * 8, "1"), 2).to_bytes(width, "big")
        for line in lines
    )
    header = struct.pack(">IIBBBBB", size, size, 1, 0, 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", header),
            _chunk(b"IDAT", zlib.compress(pixels)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind, data):
    checksum = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + checksum
