"""Does a claim's arithmetic follow? The published model, computed at the published values."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from mcarbon.answers.claims import ClaimRecord, claim_records
from mcarbon.arguments import checked
from mcarbon.engine.graph import Constant, Graph, Missing
from mcarbon.reading.model import Key, Model, build_model
from mcarbon.reading.published import agrees, half_unit, parse_number
from mcarbon.results import ClaimResult, Reproduction, Status, StudyResult
from mcarbon.study import Coordinates, InputEntry, Study
from mcarbon.version import __version__

Cell = tuple[str, Key]
"""An input's cell: its name, and the coordinates along its axes."""


@checked
def reproduce(study: Study, claims: Collection[str] | None = None) -> StudyResult:
    """Compute every claim of a study (or those named in `claims`) at its published values, and compare.

    UserError for a claim that does not exist.
    """
    model = build_model(study)
    return StudyResult(
        study=study.id,
        title=study.title,
        digest=study.digest,
        version=__version__,
        claims=tuple(reproduced(model, record) for record in claim_records(model, claims)),
    )


def reproduced(model: Model, record: ClaimRecord) -> ClaimResult:
    """A claim's record with its reproduction, not yet stress-tested."""
    claim, study = record.claim, model.study
    sides = study.quantities[claim.quantity].sides
    return ClaimResult(
        id=record.id,
        statement=claim.statement,
        quantity=claim.quantity,
        unit=record.unit,
        at=record.at,
        published=record.published.value if record.published else None,
        published_text=claim.published,
        direction=claim.direction,
        sides=None if sides is None else (list(sides)[0], list(sides)[1]),
        reproduction=reproduction(model, record),
        defects=tuple(defect for defect in study.defects if not defect.claims or record.id in defect.claims),
        digits=claim.digits,
    )


def reproduction(model: Model, record: ClaimRecord) -> Reproduction:
    """What the chain gives at the published values, and whether that is what was printed."""
    chain = _Chain(model, record)
    unrounded = chain.value()
    if isinstance(unrounded, Missing):
        return Reproduction("not checkable", missing=chain.missing())
    via = record.claim.via
    after_via = chain.value(via=via) if via else unrounded
    value = unrounded if isinstance(after_via, Missing) else after_via
    status: Status = "does not reproduce"
    if _is_printed(record, unrounded):
        status = "reproduces"
    elif via and _is_printed(record, value):
        status = "reproduces from rounded intermediates"
    elif not via and chain.reaches_by_rounding():
        status = "reproduces within the rounding of the inputs"
    corrected = chain.corrected()
    published = record.published.value if record.published else None
    return Reproduction(
        status=status,
        value=value,
        unrounded=unrounded,
        corrected=corrected,
        factor=value / published if published else None,
        via={name: (number, model.study.quantities[name].unit) for name, number in via.items()},
    )


def _is_printed(record: ClaimRecord, value: float) -> bool:
    """Whether a chain that gives `value` would have been printed like this claim."""
    if record.published is not None:
        return agrees(record.published, value, record.claim.digits)
    return record.direction is not None and record.direction.holds(value)


class _Chain:
    """A claim's quantity as a function of its inputs' published values, in the claim's unit."""

    def __init__(self, model: Model, record: ClaimRecord) -> None:
        self._model = model
        self._record = record
        self._at: Coordinates = {**model.study.published_choices, **record.at, **record.fixed}
        self._read: dict[Cell, InputEntry] = {}
        self.value()

    def value(
        self,
        moved: Mapping[Cell, float] | None = None,
        via: Mapping[str, float] | None = None,
        corrected: bool = False,
    ) -> float | Missing:
        """The chain's value, or the input that it misses.

        `moved` gives other values to cells of inputs, `via` to quantities; `corrected` takes corrected values.
        """

        def entry_value(name: str, key: Key, entry: InputEntry) -> float | Missing:
            self._read[name, key] = entry
            if moved and (name, key) in moved:
                return moved[name, key]
            if corrected and entry.corrected is not None:
                return entry.corrected.value
            published = published_value(entry)
            return Missing(name) if published is None else published

        graph = Graph(self._model, entry_value, via, self._at)
        vertex = graph.vertices[graph.cell(self._record.claim.quantity, self._at)]
        if isinstance(vertex, Missing):
            return vertex
        assert isinstance(vertex, Constant), "every input has a value here"
        return vertex.value * self._record.factor

    def missing(self) -> tuple[str, ...]:
        """The inputs of the chain that have no published value; none is named where nothing of the study was published."""
        entries = [entry for record in self._model.study.inputs.values() for _, entry in record.cells()]
        if all(entry.published is None and entry.neutral is None for entry in entries):
            return ()
        return tuple(dict.fromkeys(name for (name, _), entry in self._read.items() if published_value(entry) is None))

    def corrected(self) -> float | None:
        """The chain at the corrected inputs; None where none is corrected."""
        if not any(entry.corrected for entry in self._read.values()):
            return None
        value = self.value(corrected=True)
        return None if isinstance(value, Missing) else value

    def reaches_by_rounding(self) -> bool:
        """Whether inputs published as text, moved by up to half a unit of their last digit, reach the printed value.

        Each input is moved to the end that lowers, then to the end that raises the value, as found one at a time: exact
        where the chain rises or falls with each input throughout, as the chains of claims do.
        """
        published = self._record.published
        if published is None:
            return False
        lowering: dict[Cell, float] = {}
        raising: dict[Cell, float] = {}
        for cell, entry in list(self._read.items()):
            if isinstance(entry.published, str):
                middle, half = parse_number(entry.published), half_unit(entry.published)
                ends = sorted((middle - half, middle + half), key=lambda end: self._number({cell: end}))
                lowering[cell], raising[cell] = ends
        if not lowering:
            return False
        lowest, highest = self._number(lowering), self._number(raising)
        reached = [lowest, highest, *(end for end in (published.low, published.high) if lowest <= end <= highest)]
        return any(_is_printed(self._record, value) for value in reached)

    def _number(self, moved: Mapping[Cell, float]) -> float:
        value = self.value(moved)
        return float("nan") if isinstance(value, Missing) else value


def published_value(entry: InputEntry) -> float | None:
    """The entry's published value, or the neutral one, or its fixed value."""
    if isinstance(entry.published, str):
        return parse_number(entry.published)
    return next((value for value in (entry.published, entry.neutral, entry.value) if value is not None), None)
