"""The picture of the results: CPU time against nginx's, as bars on a logarithmic axis. SVG, written by hand."""

from html import escape
from math import ceil, log10

from bench.gateways import BASE
from bench.results import Results

LOADS = ("chat", "prompt", "stream", "paced")
COLOURS = ("#1f5fa8", "#5b9bd5", "#c55a11", "#f4a261")
LEFT, WIDTH, RIGHT, BAR, GAP, TOP = 150, 560, 70, 13, 12, 56


def svg(results: Results) -> str:
    """A group of bars for each gateway, a bar for each load that it was measured with; empty where nothing was."""
    ratios = {
        name: [(load, ratio) for load in LOADS if (ratio := results.ratio(load, name)) is not None]
        for name in results.gateways
        if name != BASE
    }
    groups = {name: bars for name, bars in ratios.items() if bars}
    if not groups:
        return ""
    decades = max(1, ceil(log10(max(ratio for bars in groups.values() for _, ratio in bars))))
    height = TOP + sum(len(bars) * BAR + GAP for bars in groups.values())
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + RIGHT} {height + 24}">',
        "<style>text { font: 12px sans-serif }</style>",
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="{LEFT}" y="18">CPU time against nginx\'s (1), less is better</text>',
        *_legend(),
        *_axis(decades, height),
    ]
    y = TOP
    for name, bars in groups.items():
        lines.append(_text(LEFT - 8, y + len(bars) * BAR / 2 + 4, name, "end"))
        for load, ratio in bars:
            lines += _bar(y, ratio, COLOURS[LOADS.index(load)], decades)
            y += BAR
        y += GAP
    return "\n".join([*lines, "</svg>", ""])


def _legend() -> list[str]:
    return [
        part
        for position, (load, colour) in enumerate(zip(LOADS, COLOURS, strict=True))
        for part in (
            f'<rect x="{LEFT + position * 90}" y="27" width="10" height="10" fill="{colour}"/>',
            _text(LEFT + position * 90 + 14, 36, load),
        )
    ]


def _axis(decades: int, height: int) -> list[str]:
    lines = []
    for decade in range(decades + 1):
        x = LEFT + WIDTH * decade / decades
        lines.append(f'<line x1="{x:.0f}" y1="{TOP - 8}" x2="{x:.0f}" y2="{height}" stroke="#ddd"/>')
        lines.append(_text(x, height + 16, f"{10**decade:,}", "middle"))
    return lines


def _bar(y: float, ratio: float, colour: str, decades: int) -> list[str]:
    length = WIDTH * log10(max(ratio, 1.0)) / decades
    value = f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.1f}"
    return [
        f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="{BAR - 2}" fill="{colour}"/>',
        _text(LEFT + length + 4, y + BAR - 3, value),
    ]


def _text(x: float, y: float, words: str, anchor: str = "start") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{escape(words)}</text>'
