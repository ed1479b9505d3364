"""Round figures for an axis (Heckbert, "Nice Numbers for Graph Labels", Graphics Gems, 1990)."""

from math import ceil, floor, log10


def nice_step(span: float, steps: int = 4) -> float:
    """1, 2 or 5 times a power of ten, so that about so many steps make the span."""
    if span <= 0:
        return 1.0
    raw = span / steps
    power = 10.0 ** floor(log10(raw))
    return next(power * factor for factor in (1, 2, 5, 10) if raw <= power * factor * 1.0001)


def ticks(top: float, steps: int = 4) -> list[float]:
    """From 0 up to the first one that is not below `top`."""
    step = nice_step(top, steps)
    return [step * i for i in range(ceil(max(top, step) / step - 1e-9) + 1)]


def told(value: float) -> str:
    """Short, for an axis: 1,500 is 1.5k."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"
