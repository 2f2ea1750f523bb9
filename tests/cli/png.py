# SPDX-License-Identifier: Apache-2.0
"""Opens PNGs for real, by the specification and zlib alone, and prints of each
its width, height, number of colours, and the pixels of some colours that were
asked for: png.py RRGGBB[,RRGGBB...] FILE..."""
import struct
import sys
import zlib


def chunks(data):
    assert data[:8] == b"\x89PNG\r\n\x1a\n", "no signature"
    at = 8
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        crc, = struct.unpack(">I", data[at + 8 + length:at + 12 + length])
        assert crc == zlib.crc32(kind + body), "bad checksum"
        yield kind, body
        at += 12 + length
    assert kind == b"IEND", "no end"


def paeth(a, b, c):
    p = a + b - c
    pa, pb, pc = abs(p - a), abs(p - b), abs(p - c)
    return a if pa <= pb and pa <= pc else b if pb <= pc else c


def unfilter(kind, row, above, step):
    for i in range(len(row)):
        a = row[i - step] if i >= step else 0
        b = above[i]
        c = above[i - step] if i >= step else 0
        guess = (0, a, b, (a + b) // 2, paeth(a, b, c))[kind]
        row[i] = (row[i] + guess) & 255
    return row


def pixels(path):
    parts = list(chunks(open(path, "rb").read()))
    width, height, depth, colour, _, _, interlaced = struct.unpack(
        ">IIBBBBB", parts[0][1])
    assert parts[0][0] == b"IHDR" and depth == 8 and not interlaced
    step = {2: 3, 6: 4}[colour]
    raw = zlib.decompress(b"".join(b for k, b in parts if k == b"IDAT"))
    line = 1 + width * step
    assert len(raw) == line * height, "wrong amount of data"
    above, seen = bytearray(width * step), {}
    for y in range(height):
        row = bytearray(raw[y * line + 1:(y + 1) * line])
        above = unfilter(raw[y * line], row, above, step)
        for x in range(0, len(above), step):
            rgb = bytes(above[x:x + 3]).hex()
            seen[rgb] = seen.get(rgb, 0) + 1
    return width, height, seen


for name in sys.argv[2:]:
    w, h, found = pixels(name)
    print(w, h, len(found), *(found.get(c, 0) for c in sys.argv[1].split(",")))
