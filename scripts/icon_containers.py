"""Packs a folder of rendered PNGs (16.png, 32.png, ...) into icon.ico and icon.icns; standard library only.

Usage: icon_containers.py FOLDER OUT.ico OUT.icns
"""

import pathlib
import struct
import sys
import zlib

ICO_SIZES = (16, 24, 32, 48, 64, 256)
ICNS_TYPES = ((b"icp4", 16), (b"icp5", 32), (b"ic11", 32), (b"ic12", 64), (b"ic07", 128),
              (b"ic13", 256), (b"ic08", 256), (b"ic14", 512), (b"ic09", 512), (b"ic10", 1024))


def pixels(png: bytes) -> tuple[int, list[bytes]]:
    """Rows of RGBA bytes of an 8-bit, non-interlaced RGBA PNG, with its size."""
    width, _height, depth, colour = struct.unpack(">IIBB", png[16:26])
    assert (depth, colour) == (8, 6), "expected 8-bit RGBA"
    data, at = b"", 8
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at:at + 8])
        if kind == b"IDAT":
            data += png[at + 8:at + 8 + length]
        at += 12 + length
    raw, stride, rows = zlib.decompress(data), width * 4, []
    above = bytes(stride)
    for start in range(0, len(raw), stride + 1):
        above = unfilter(raw[start], raw[start + 1:start + 1 + stride], above)
        rows.append(above)
    return width, rows


def unfilter(kind: int, row: bytes, above: bytes) -> bytes:
    """Undoes one PNG row filter (PNG specification, section 9)."""
    out = bytearray(row)
    for i in range(len(out)):
        left = out[i - 4] if i >= 4 else 0
        corner = above[i - 4] if i >= 4 else 0
        out[i] = (out[i] + (0, left, above[i], (left + above[i]) // 2,
                            paeth(left, above[i], corner))[kind]) & 0xFF
    return bytes(out)


def paeth(left: int, up: int, corner: int) -> int:
    """The Paeth predictor."""
    guess = left + up - corner
    return min((left, up, corner), key=lambda value: abs(guess - value))


def bitmap(png: bytes) -> bytes:
    """The headerless 32-bit bitmap an .ico holds: BGRA rows from the bottom up, then an empty 1-bit mask."""
    size, rows = pixels(png)
    head = struct.pack("<IiiHHIIiiII", 40, size, size * 2, 1, 32, 0, 0, 0, 0, 0, 0)
    body = b"".join(bytes(b for x in range(0, len(row), 4) for b in (row[x + 2], row[x + 1], row[x], row[x + 3]))
                    for row in reversed(rows))
    return head + body + bytes((size + 31) // 32 * 4 * size)


def ico(images: dict[int, bytes]) -> bytes:
    """An .ico: bitmaps for the small sizes (old resource compilers want them), PNG for 256."""
    parts = [(size, images[size] if size == 256 else bitmap(images[size])) for size in ICO_SIZES]
    head, at = struct.pack("<HHH", 0, 1, len(parts)), 6 + 16 * len(parts)
    for size, part in parts:
        head += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(part), at)
        at += len(part)
    return head + b"".join(part for _, part in parts)


def icns(images: dict[int, bytes]) -> bytes:
    """An .icns with a PNG for each size macOS asks for."""
    body = b"".join(kind + struct.pack(">I", len(images[size]) + 8) + images[size] for kind, size in ICNS_TYPES)
    return b"icns" + struct.pack(">I", len(body) + 8) + body


def main() -> None:
    folder, ico_path, icns_path = (pathlib.Path(arg) for arg in sys.argv[1:4])
    images = {int(file.stem): file.read_bytes() for file in folder.glob("[0-9]*.png")}
    ico_path.write_bytes(ico(images))
    icns_path.write_bytes(icns(images))


if __name__ == "__main__":
    main()
