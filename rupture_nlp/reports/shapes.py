"""Outlines of the marks of a timeline, as SVG path data.

Family shows three times: by colour, by direction, by the end of the bar (a point for
confrontation, round for withdrawal), so that it survives grey print and colour blindness.
"""

from collections.abc import Iterable


def spike(x: float, base: float, width: float, height: float) -> str:
    """A bar with a pointed end. `height` is negative for a bar that points up."""
    point = min(abs(height) * 0.5, width * 0.8) * (1 if height > 0 else -1)
    shaft = height - point
    half = width / 2
    return f"M{n(x)} {n(base)}v{n(shaft)}l{n(half)} {n(point)}l{n(half)} {n(-point)}v{n(-shaft)}z"


def pill(x: float, base: float, width: float, height: float) -> str:
    """A bar with a round end. `height` is negative for a bar that points up."""
    radius = min(width / 2, abs(height) / 2)
    sign = 1 if height > 0 else -1
    shaft = height - sign * radius
    sweep = 0 if height > 0 else 1
    arc = f"a{n(radius)} {n(radius)} 0 0 {sweep}"
    flat = width - 2 * radius
    return (
        f"M{n(x)} {n(base)}v{n(shaft)}{arc} {n(radius)} {n(sign * radius)}"
        f"h{n(flat)}{arc} {n(radius)} {n(-sign * radius)}v{n(-shaft)}z"
    )


def diamond(x: float, y: float, radius: float) -> str:
    """A diamond around a point."""
    r = n(radius)
    m = n(-radius)
    return f"M{n(x)} {n(y - radius)}l{r} {r}l{m} {r}l{m} {m}z"


def disc(x: float, y: float, radius: float) -> str:
    """A circle around a point."""
    r = n(radius)
    return (
        f"M{n(x - radius)} {n(y)}a{r} {r} 0 1 0 {n(2 * radius)} 0a{r} {r} 0 1 0 {n(-2 * radius)} 0z"
    )


def arrow_back(x: float, y: float, radius: float) -> str:
    """An arrow head around a point that points left."""
    across, up = n(2 * radius), n(-radius)
    return f"M{n(x - radius)} {n(y)}l{across} {up}v{across}z"


def boxes(rectangles: Iterable[tuple[float, float, float, float]]) -> str:
    """Many rectangles (x, y, width, height) as one path."""
    return "".join(f"M{n(x)} {n(y)}h{n(w)}v{n(h)}h{n(-w)}z" for x, y, w, h in rectangles)


def n(value: float) -> str:
    """A coordinate with at most two decimals."""
    rounded = round(value, 2) + 0.0  # adding zero makes -0.0 plain zero
    return f"{rounded:.2f}".rstrip("0").rstrip(".")
