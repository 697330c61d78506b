"""Draws a flame graph (Gregg 2016, doi:10.1145/2909476) as SVG from what `perf script` prints.

    perf record -F 79 --call-graph dwarf,16384 -o perf.data PROGRAM...
    perf script --no-inline -i perf.data | python3 tests/bench/flamegraph.py --title "..." --out flame.svg

Width is the share of samples, a box lies on its caller; boxes narrower than --least of the whole are left out. Hovering shows the name.
"""

import argparse
import hashlib
import re
import sys
from xml.sax.saxutils import escape

WIDTH, HEIGHT, MARGIN = 1200, 17, 10


def short(symbol):
    """Without arguments, templates, clones and the SIMD namespace."""
    name = re.sub(r"\+0x[0-9a-f]+$", "", symbol).replace("(anonymous namespace)::", "")
    name = re.sub(r"operator(\(\)|<<|>>|<|>|->)", "operator", name)
    while True:
        cut = re.sub(r"<[^<>]*>|\([^()]*\)", "", name)
        if cut == name:
            break
        name = cut
    name = re.sub(r"\{lambda\}|\[clone [^]]*\]|\bconst\b|::\{.*", "", name)
    return re.sub(r"hone::|N_[A-Z0-9]+::", "", name).strip() or symbol


def stacks(lines):
    """(root first) tuples of frame names, one a sample."""
    frames = []
    for line in lines:
        if line.strip():
            match = re.match(r"\s+[0-9a-f]+ (.*) \((.*)\)$", line.rstrip())
            if match:
                frames.append(match[1] if match[1] != "[unknown]" else "")
        elif frames:
            yield tuple(short(f) for f in reversed(frames) if f)
            frames = []
    if frames:
        yield tuple(short(f) for f in reversed(frames) if f)


class Node:
    def __init__(self):
        self.count, self.children = 0, {}


def fold(samples, hidden):
    root = Node()
    for sample in samples:
        root.count += 1
        node, last = root, None
        for name in sample:
            if name == last or hidden.search(name):
                continue
            node = node.children.setdefault(name, Node())
            node.count += 1
            last = name
    return root


def color(name):
    seed = hashlib.md5(name.encode()).digest()
    return f"rgb({205 + seed[0] % 50},{90 + seed[1] % 130},{seed[2] % 60})"


def draw(root, title, least):
    boxes, depth = [], 0
    todo = [("all samples", root, 0.0, 0)]
    while todo:
        name, node, x, level = todo.pop()
        depth = max(depth, level)
        boxes.append((name, node.count, x, level))
        at = x
        for child, below in sorted(node.children.items()):
            if below.count >= least * root.count:
                todo.append((child, below, at, level + 1))
            at += below.count
    scale = (WIDTH - 2 * MARGIN) / root.count
    height = (depth + 1) * HEIGHT + 50
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="11">',
           f'<rect width="{WIDTH}" height="{height}" fill="#fff8ee"/>',
           f'<text x="{WIDTH / 2}" y="22" font-size="15" text-anchor="middle">{escape(title)}</text>']
    for name, count, x, level in boxes:
        left, width, top = MARGIN + x * scale, count * scale, height - 15 - (level + 1) * HEIGHT
        label = name if len(name) * 6.2 < width else name[:max(0, int(width / 6.2) - 2)] + ".." if width > 30 else ""
        out.append(f'<g><title>{escape(name)} {100 * count / root.count:.1f} %</title>'
                   f'<rect x="{left:.1f}" y="{top}" width="{max(width - 0.4, 0.3):.1f}" height="{HEIGHT - 1}" fill="{color(name)}"/>'
                   f'<text x="{left + 3:.1f}" y="{top + 12}">{escape(label)}</text></g>')
    return "\n".join(out + ["</svg>"]) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--title", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--least", type=float, default=0.002, help="share of the samples below which a box is left out")
    parser.add_argument("--hide", default=r"^(std::|void std::|_start|__libc|start_thread|clone|call_init)", help="frames that are not drawn")
    parser.add_argument("--only", default="", help="frames of which a sample must have one")
    args = parser.parse_args()
    only = re.compile(args.only)
    root = fold((s for s in stacks(sys.stdin) if any(map(only.search, s))), re.compile(args.hide))
    if root.count == 0:
        sys.exit("no sample on standard input: pipe the output of perf script")
    with open(args.out, "w", encoding="utf-8") as file:
        file.write(draw(root, args.title, args.least))


main()
