"""Makes the table of docs/predictive-check.md; `make pages` runs it, and a test asks that the page is current."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import mcarbon as mc
from mcarbon.study import Study
from mcarbon.words.wording import percent, plain

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "predictive-check.md"
DRAWS = 2**18
DIMENSIONS = ("model", "country", "device")


@dataclass(frozen=True)
class Compared:
    """A measurement beside the draws of the quantity that it is compared with, in the measurement's unit."""

    row: dict[str, Any]
    publication: dict[str, Any]
    measured: dict[str, Any]
    draws: np.ndarray

    @property
    def below(self) -> float:
        """The share of draws below the measurement."""
        return float(np.mean(self.draws < self.measured["value"]))


def compared(draws: int = DRAWS) -> Iterator[Compared]:
    """Every row of the table, in the order of the data."""
    measurements = _data("measurements")
    for row in _data("predictive_check")["row"]:
        publication = measurements[row["publication"]]
        measured = publication["values"][row["number"] - 1]
        study = _study(row["study"])
        for name, value in row.get("held", {}).items():
            study = study.with_value(name, value, source="definition")
        for name, prior in row.get("prior", {}).items():
            study = study.with_prior(name, prior, source="judgement")
        quantity, at = row["quantity"], row["at"]
        unit = study.quantities[quantity].unit
        joules = 3600 if (unit.partition("/")[0], measured["unit"].partition("/")[0]) == ("Wh", "J") else 1
        assert joules > 1 or unit == measured["unit"], row
        choices = {axis: option for axis, option in at.items() if axis in study.choices}
        found = mc.sample(study, draws=draws, quantities=[quantity], choices=choices)[quantity]
        found = found.sel({axis: at[axis] for axis in DIMENSIONS if axis in found.dims})
        yield Compared(row, publication, measured, joules * found.to_numpy().ravel())


@cache
def _study(name: str) -> Study:
    return mc.load_study(name)


def _data(name: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / "tests" / "data" / f"{name}.toml").read_text("utf-8"))


HEAD = """\
<!-- Made by `make pages` from tests/data/predictive_check.toml and the studies; the words stand in docs/make_check.py. -->

# Predictive check

What the two studies of our own, [a page of text](studies/writing-2026.md) and [an
illustration](studies/illustrating-2026.md), say before any total is looked at, beside totals that others published. The
totals were held out: no prior of a part rests on one ([list](priors.md#totals-that-are-held-out)). The studies were
written first, then what each total is compared with (`tests/data/predictive_check.toml`), then the check was run. No
prior was changed for it.

Each row holds the study at what the measurement is known to be of (tokens, parameters, what it covers) and leaves
everything else to the priors. *Below* is the share of the study's draws that lie below the measurement: near 50 % is the
middle, below 5 % or above 95 % is a miss, in bold. *Shared* counts the priors that rest on another figure of the same
publication. Measurements of one publication, and rows of small and large for one figure, are not independent of each
other, so the rows are not to be counted as trials.
"""
AFTER = """
## What the misses say

**An answer of Mistral Large 2** (1.14 g) lies above the interval. The operation that follows from 400 tokens of a model
of 123 billion parameters is a sixth of it at the median. The study takes a well-filled service on boards of 2023 and
later; a service with few requests at once, older boards, an idle fleet, or an answer after a long conversation would each
bring it up. What its grid is, and how hardware and the site were counted, was not seen: the publication was read in
accounts only.

**The life cycle assessment of d'Orgeval** has the three highest figures of all, 5 to 28 g an inference, where the others
have 0.03 to 1.5. Two lie above the interval and one near its end. How long an inference is was not seen; it would take
some 5,000 to 15,000 tokens for the medians to agree. Either the inferences are long, or the assessment counts what nobody
else counts. It cannot be told here.

**A page by a person in Ren and others** lies below the interval, in both countries, as it must: it has a narrower
boundary than the whole life that it is compared with. It shows that the boundary matters more than the inputs.

**What operators say of themselves** (0.24 Wh by Google, 0.34 Wh by OpenAI) lies between the small and the large model:
above the median of the one, below that of the other. The models that answer are not told. A large model alone would be at
15 to 21 %: not a miss, but if such queries are answered by models above 200 billion parameters, the study is too high for
them by a factor of 3 to 5 at the median. What others estimate for short queries to large models (Epoch, Oviedo, Jegham)
is in the lower third as well. Two reasons are likely: parameters at rest count in full in the regression, though the
closed models may be sparser than those that were measured; and batches of a great service may be larger than judged. No
prior was moved for this.

**Measured by others on their own boards** (BLOOM's deployment, the energy of ten tokens, images of eight to ten models,
answers of open models): all lie within the interval, most between 39 and 76 %. One request at a time, and a model of 82
million parameters, are beyond the batches and sizes that the regression has.

**100,000 tokens of input** lie within, though the study's energy of a token read does not grow with the context: the
prior of that ratio has 10,000 tokens behind it. For longer contexts the study would be too low.

The intervals are wide: from the 5 to the 95 % is a factor of 100 or more for a query of which nothing is known but the
kind of model. Most of this is the length of the answer, and the size of the model. That most totals lie within is to be
expected of intervals like these, and does not show that they are right; a total far outside would have shown that they
are wrong.

## After the check

No mistake of units or of counting twice came to light. Three priors were widened afterwards, since each had one source or
none and [carries a ratio](drivers.md#sources-of-what-matters): `images.accelerator_energy_small`, which one row of this
page rests on (an image by Stable Diffusion 3 Medium: 36 % before), and `human.image_review_time` and
`displacement.human_time_fraction`, which none does.
"""


def page() -> str:
    """The whole page."""
    rows, inside = [], 0
    found = list(compared())
    for each in found:
        low, middle, high = np.quantile(each.draws, [0.05, 0.5, 0.95])
        unit = each.measured["unit"]
        percentile = percent(each.below)
        miss = not low <= each.measured["value"] <= high
        inside += not miss
        title = re.split(r"(?<=\d{4}\)),|, ai-net", each.publication["title"])[0]
        used = len(each.publication["used"])
        rows.append(
            [
                f"{title}: {each.measured['what']}",
                each.publication["kind"],
                f"{each.measured['value']:g} {unit}",
                each.measured["covers"],
                str(used),
                _quantity(each.row),
                f"{plain(low, 2)}, {plain(middle, 2)}, {plain(high, 2)}",
                f"**{percentile}**" if miss else percentile,
                each.row["why"],
            ]
        )
    head = [
        "measurement",
        "kind",
        "value",
        "covers",
        "shared",
        "compared with",
        "5, 50, 95 %",
        "below",
        "held, and what still differs",
    ]
    count = f"{inside} of {len(found)} rows lie between the 5 and the 95 % of what the studies say.\n"
    return "\n".join([HEAD, _table([head, ["---"] * len(head), *rows]), count + AFTER])


def _quantity(row: dict[str, Any]) -> str:
    places = ", ".join(row["at"].values())
    return f"`{row['quantity']}` ({places})"


def _table(lines: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
    print(f"{PAGE.relative_to(ROOT)} is written.")
