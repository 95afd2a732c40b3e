"""The sketch of a prior beside its numbers: its density on a log scale that is common to all inputs."""

from __future__ import annotations

from collections.abc import Sequence

WIDTH, HEIGHT = 90, 20


def sketch(masses: Sequence[float], standalone: str = "") -> str:
    """A small SVG of the prior's mass in equal steps of its logarithm; readers of numbers need it not, so it is hidden.

    `standalone` is the style sheet of a file of its own. Empty where there is no mass to draw.
    """
    if not masses or max(masses) <= 0:
        return ""
    step, top = WIDTH / len(masses), max(masses)
    atoms = sum(mass > 0.2 * top for mass in masses) < len(masses) / 3 and any(
        masses[i] > 0.1 * top and masses[i - 1] < 0.01 * top for i in range(1, len(masses))
    )
    if atoms:
        d = "".join(
            f"M{_px(i * step)} {HEIGHT}v{_px(-(HEIGHT - 1) * mass / top)}h{_px(max(step, 1.5))}V{HEIGHT}Z"
            for i, mass in enumerate(masses)
            if mass > 0.005 * top
        )
    else:
        kept = [i for i, mass in enumerate(masses) if mass > 0.003 * top]
        points = [f"{_px((i + 0.5) * step)} {_px(HEIGHT - (HEIGHT - 1) * masses[i] / top)}" for i in kept]
        d = f"M{_px(kept[0] * step)} {HEIGHT}L{'L'.join(points)}L{_px((kept[-1] + 1) * step)} {HEIGHT}Z"
    name = f'xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}"' if standalone else 'aria-hidden="true"'
    style = f"<style>{standalone}</style>" if standalone else ""
    return f'<svg class="spark" {name} viewBox="0 0 {WIDTH} {HEIGHT}">{style}<path d="{d}" class="sk"/></svg>'


def _px(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
