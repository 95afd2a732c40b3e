"""Options that several commands share, each declared once: groups of them, and a decorator that spreads a group out."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Annotated, Any, Literal, get_type_hints

import typer

from mcarbon.errors import Fault, UserError

StudyName = Annotated[str, typer.Argument(metavar="STUDY", help="A built-in study's id, or a path to a TOML file.")]
Claims = Annotated[list[str] | None, typer.Option("--claim", metavar="ID", help="This claim alone; repeatable.")]
Quantities = Annotated[list[str] | None, typer.Option("--quantity", metavar="NAME", help="This quantity alone; repeatable.")]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="INPUT=VALUE",
        help="Give an input a value, a named prior or a table of one; INPUT[US]=... at a coordinate; repeatable.",
    ),
]
Choose = Annotated[
    list[str] | None,
    typer.Option("--choose", metavar="CHOICE=OPTION", help="Take this option in place of the published one; repeatable."),
]
At = Annotated[list[str] | None, typer.Option("--at", metavar="AXIS=COORDINATE", help="Where on a dimension; repeatable.")]
Scheduler = Annotated[
    str | None,
    typer.Option(
        "--scheduler", metavar="ADDRESS", help="Count on the cluster of this Dask scheduler, such as tcp://127.0.0.1:8786."
    ),
]


@dataclass(frozen=True)
class Points:
    """Which points are drawn."""

    replicates: Annotated[
        int, typer.Option(metavar="N", min=2, help="Independent replicates, which give the standard errors.")
    ] = 16
    method: Annotated[Literal["sobol", "lhs", "random"], typer.Option(help="How points are drawn.")] = "sobol"
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="The same seed gives the same numbers.")] = 1
    threads: Annotated[int | None, typer.Option(metavar="N", min=1, help="Threads to use; all by default.")] = None

    def points(self, draws: int | None) -> dict[str, Any]:
        """The arguments of what draws so many points, or its own number of them."""
        named = {"replicates": self.replicates, "method": self.method, "seed": self.seed, "threads": self.threads}
        return named if draws is None else named | {"draws": draws}


@dataclass(frozen=True)
class Drawing(Points):
    """Which points are drawn, and how many."""

    draws: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Draws in all; rounded up to what the method needs.")
    ] = None
    tolerance: Annotated[
        float | None,
        typer.Option(
            metavar="REL",
            help="Add draws until each printed quantile's standard error is below this share of it, or of half the 90 % "
            "width; 0.005 unless --draws is given.",
        ),
    ] = None

    def arguments(self) -> dict[str, Any]:
        """The arguments of what draws as many points as the tolerance asks for."""
        from mcarbon.answers.tolerance import FIRST_DRAWS, TOLERANCE

        if self.tolerance is not None and not self.tolerance > 0:
            raise UserError(Fault(f"{self.tolerance:g} is no tolerance.", "--tolerance", "Above 0: 0.005 for 0.5 %."))
        if self.draws is not None:
            return self.points(self.draws) | {"tolerance": self.tolerance}
        return self.points(FIRST_DRAWS) | {"tolerance": TOLERANCE if self.tolerance is None else self.tolerance}


@dataclass(frozen=True)
class Figures:
    """Which figures are printed of a distribution."""

    quantiles: Annotated[str, typer.Option(metavar="P,P,...", help="Probabilities.")] = "0.05,0.5,0.95"
    interval: Annotated[Literal["equal-tailed", "shortest"], typer.Option(help="Which interval.")] = "equal-tailed"
    level: Annotated[float, typer.Option(metavar="P", help="The probability of the interval.")] = 0.9

    def arguments(self) -> dict[str, Any]:
        """The arguments of a summary. UserError for what is no probability."""
        if not 0 < self.level < 1:
            raise UserError(Fault(f"{self.level:g} is no level of an interval.", "--level", "Between 0 and 1: 0.9"))
        return {"quantiles": self._probabilities(), "interval": self.interval, "level": self.level}

    def _probabilities(self) -> tuple[float, ...]:
        try:
            found = tuple(float(part) for part in self.quantiles.split(","))
        except ValueError:
            found = ()
        if not found or not all(0 < probability < 1 for probability in found):
            what = f'"{self.quantiles}" is not a list of probabilities.'
            raise UserError(Fault(what, "--quantiles", "Numbers between 0 and 1, with commas: 0.05,0.5,0.95"))
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True)
class Printing:
    """How an answer is printed."""

    ascii: Annotated[bool, typer.Option("--ascii", help="Draw with ASCII signs alone.")] = False
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False


_GROUPS = (Points, Drawing, Figures, Printing)


def spread(command: Callable[..., None]) -> Callable[..., None]:
    """The command with its groups of options spread out: what Typer sees is one parameter for each option."""
    hints = get_type_hints(command, include_extras=True)
    shown: list[inspect.Parameter] = []
    groups: dict[str, tuple[type[Any], list[str]]] = {}
    for name, parameter in inspect.signature(command).parameters.items():
        if hints[name] not in _GROUPS:
            shown.append(parameter.replace(annotation=hints[name], kind=inspect.Parameter.KEYWORD_ONLY))
            continue
        options = get_type_hints(hints[name], include_extras=True)
        groups[name] = hints[name], [field.name for field in fields(hints[name])]
        for field in fields(hints[name]):
            keyword = inspect.Parameter.KEYWORD_ONLY
            shown.append(inspect.Parameter(field.name, keyword, default=field.default, annotation=options[field.name]))

    @functools.wraps(command)
    def gathered(**given: Any) -> None:
        for name, (group, options) in groups.items():
            given[name] = group(**{option: given.pop(option) for option in options})
        command(**given)

    vars(gathered)["__signature__"] = inspect.Signature(shown)
    gathered.__annotations__ = {parameter.name: parameter.annotation for parameter in shown}
    return gathered


def pairs(texts: Sequence[str] | None, option: str) -> dict[str, str]:
    """``axis=coordinate`` options as a mapping. UserError for one that is none, and for two that contradict each other."""
    found: dict[str, str] = {}
    for text in texts or ():
        axis, equals, coordinate = (part.strip() for part in text.partition("="))
        if not (axis and equals and coordinate):
            what = f'"{text}" does not name a place.'
            raise UserError(Fault(what=what, place=option, allowed="Such as country=US; repeat the option for more."))
        if found.setdefault(axis, coordinate) != coordinate:
            raise UserError(Fault(what=f'"{axis}" is to be both "{found[axis]}" and "{coordinate}".', place=option))
    return found
