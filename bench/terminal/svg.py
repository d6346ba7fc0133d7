"""Draws a screen of a terminal, with its colours, as SVG: standard input to standard output."""

import html
import re
import sys

COLOURS = {"31": "#f7768e", "32": "#9ece6a", "2": "#737aa2", "1": "#ffffff"}
WIDTH, HEIGHT, FONT = 8.4, 18, 14


def main():
    lines = sys.stdin.read().rstrip("\n").split("\n")
    while lines and not re.sub(r"\x1b\[[0-9;]*m", "", lines[-1]).strip(" $"):
        lines.pop()
    columns = max(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in lines)
    w, h = columns * WIDTH + 32, len(lines) * HEIGHT + 28
    print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{w:.0f}" height="{h:.0f}" viewBox="0 0 {w:.0f} {h:.0f}" role="img">')
    print("<title>A run of corpusmill in a terminal</title>")
    print(f'<rect width="100%" height="100%" rx="8" fill="#1a1b26"/>')
    print(f'<g font-family="ui-monospace, Menlo, Consolas, monospace" font-size="{FONT}" fill="#c0caf5" xml:space="preserve">')
    colour = ""
    for i, line in enumerate(lines):
        x, parts = 16.0, []
        for piece in re.split(r"(\x1b\[[0-9;]*m)", line):
            code = re.fullmatch(r"\x1b\[([0-9;]*)m", piece)
            if code:
                for c in code.group(1).split(";"):
                    colour = COLOURS.get(c, "" if c in ("0", "39", "", "22") else colour)
                continue
            if piece.strip():
                fill = f' fill="{colour}"' if colour else ""
                parts.append(f'<text x="{x:.1f}" y="{i * HEIGHT + 28}" textLength="{len(piece) * WIDTH:.1f}"{fill}>{html.escape(piece)}</text>')
            x += len(piece) * WIDTH
        print("".join(parts))
    print("</g>\n</svg>")


main()
