"""Studies made to size: so many inputs of a family of priors, formulas and outputs."""

from __future__ import annotations

PRIORS = {
    "lognormal": 'family = "lognormal", median = {m}, gsd = 1.5',
    "uniform": 'family = "uniform", low = {m}, high = 3.0',
    "triangular": 'family = "triangular", low = 0.5, mode = {m}, high = 3.0',
    "pert": 'family = "pert", low = 0.5, mode = {m}, high = 3.0',
    "beta": 'family = "beta", a = {m}, b = 3.0, low = 0.5, high = 2.0',
    "gamma": 'family = "gamma", shape = {m}, scale = 0.5',
    "normal": 'family = "normal", mean = {m}, sd = 0.1',
    "student_t": 'family = "student_t", df = 6.0, loc = {m}, scale = 0.05',
    "trapezoid": 'family = "trapezoid", low = 0.5, mode_low = {m}, mode_high = 2.5, high = 3.0',
    "metalog": 'family = "metalog", p5 = 0.5, p50 = {m}, p95 = 3.0, lower = 0.0',
    "weibull": 'family = "weibull", shape = 2.0, scale = {m}',
    "mixture": 'family = "mixture", components = ['
    '{{ weight = 0.5, prior = {{ family = "lognormal", median = {m}, gsd = 1.2 }} }}, '
    '{{ weight = 0.5, prior = {{ family = "uniform", low = 2.0, high = 4.0 }} }}]',
}
"""A prior of each family for a place `m` between 1 and 2."""


def wide(inputs: int, outputs: int) -> str:
    """A study of log-normal inputs; each output is a product of three and a quotient of two, no two are alike."""
    lines = ['format = 1\nid = "wide"\ntitle = "Wide"']
    prior = '{ family = "lognormal", median = 1.0, gsd = 1.5 }'
    lines += [f'inputs.x{k} = {{ unit = "1", prior = {prior}, source = "judgement" }}' for k in range(inputs)]
    for k in range(outputs):
        a, b, c, d, e = ((7 * k + 3 * j) % inputs for j in range(5))
        lines.append(f'quantities.y{k} = {{ unit = "1", formula = "x{a} * x{b} * x{c} + x{d} / ({1 + k} + x{e})" }}')
    return "\n".join(lines)


def large(inputs: int, formulas: int, outputs: int, family: str = "lognormal") -> str:
    """A study of so many formulas, the last of which are the `outputs` y0, y1, ...; no two priors are the same.

    Each formula takes two or three inputs and mostly an earlier formula, a chain of which is up to some ten long.
    """
    lines = ['format = 1\nid = "large"\ntitle = "Large"']
    for k in range(inputs):
        prior = PRIORS[family].format(m=1 + (k + 0.5) / inputs)
        lines.append(f'[inputs.x{k}]\nunit = "kg"\nprior = {{ {prior} }}\nsource = "judgement"')
    inner = formulas - outputs
    for k in range(inner):
        a, b, c = ((7 * k + 3 * j) % inputs for j in range(3))
        earlier = f" + q{k - 1 - k % 17} / (1 + x{c} / one)" if k % 10 and k > 17 else ""
        formula = f"x{a} * x{b} / (1 + x{c} / one){earlier}"
        lines.append(f'[quantities.q{k}]\nunit = "kg^2"\nformula = "{formula}"')
    for k in range(outputs):
        first, second, third = (5 * k) % inner, (5 * k + 1) % inner, (11 * k + 2) % inner
        lines.append(f'[quantities.y{k}]\nunit = "1"\nformula = "q{first} / q{second} + q{third} / (one * one)"')
    lines.append('[inputs.one]\nunit = "kg"\nvalue = 2.0\nsource = "judgement"')
    return "\n".join(lines)
