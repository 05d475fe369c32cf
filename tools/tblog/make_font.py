# SPDX-License-Identifier: Apache-2.0
"""Makes font.png and font.inc, the letters of charts that are written as PNG: make_font.py DejaVuSans.ttf

The glyphs are those of DejaVu Sans 2.37 (Copyright (c) 2003 by Bitstream, Inc. All Rights Reserved. DejaVu changes are in
public domain), set as gray pixels; https://dejavu-fonts.github.io/License.html. Needs Pillow.
"""

import pathlib
import sys

from PIL import Image, ImageDraw, ImageFont

SIZE = 24  # pixels: 12 px text at the scale of two that the charts have
CELL = (32, 32)
COLUMNS = 32
BASELINE = 24

RANGES = [(0x20, 0x7E), (0xA1, 0xFF), (0x391, 0x3A9), (0x3B1, 0x3C9), (0x410, 0x44F)]
SINGLES = "–—…′√∂∇∑∞≈≤≥←→▲▼□"


def main():
    font = ImageFont.truetype(sys.argv[1], SIZE)
    codes = [code for low, high in RANGES for code in range(low, high + 1)] + [ord(c) for c in SINGLES]
    codes = sorted(c for c in codes if c not in (0xAD, 0x3A2))
    rows = -(-len(codes) // COLUMNS)
    image = Image.new("L", (COLUMNS * CELL[0], rows * CELL[1]), 0)
    draw = ImageDraw.Draw(image)
    lines = []
    for i, code in enumerate(codes):
        x, y = i % COLUMNS * CELL[0], i // COLUMNS * CELL[1]
        draw.text((x + 2, y + BASELINE), chr(code), fill=255, font=font, anchor="ls")
        lines.append(f"{{0x{code:04x}, {round(font.getlength(chr(code)))}}},")
    folder = pathlib.Path(__file__).parent
    image.quantize(16).save(folder / "font.png", optimize=True)
    (folder / "font.inc").write_text("// Made by make_font.py: code point, advance in pixels.\n" + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
