"""Where a draw is counted: by the definition in exponents and mantissas, and what bins are for, whole."""

import math

import numpy as np
import pytest

from mcarbon.engine.bins import bins_from_pilot
from mcarbon.engine.kernels import count_block
from mcarbon.engine.streams import BLOCK

pytestmark = pytest.mark.kernels

BEYOND = 6
"""Octaves beyond the pilot's draws."""
BELOW = 12
"""Octaves below the width of nine tenths of the draws, around a centre that is not 0."""
CROWD = 1 / 128
"""The share of a pilot above which a cell is split, so that evenly spread no part has a 32nd of it."""


def centre_and_width(pilot):
    """0 where the draws span orders of magnitude, or else their median; and how far it is from rank 5 % to 95 %."""
    ranked = sorted(y for y in pilot if math.isfinite(y))
    low, middle, high = (ranked[math.floor((len(ranked) - 1) * p)] for p in (0.05, 0.5, 0.95))
    width = high - low
    centre = middle if width < 2 * abs(middle) else 0.0
    others = [abs(y - centre) for y in ranked if y != centre]
    # Where nine tenths are one value: its last bits but 12, or what comes nearer.
    return centre, width or min([abs(centre) * 2.0**-40, *others])


class Cells:
    """The cells of one output by the definition: sign, exponent and first bits, some split, some with an atom."""

    def __init__(self, pilot, bits):
        self.bits = bits
        self.centre, width = centre_and_width(pilot)
        known = [y for y in pilot if math.isfinite(y)]
        exponents = [exponent(y - self.centre) for y in known if y != self.centre]
        near = sorted(abs(y - self.centre) for y in known if y != self.centre)[len(known) // 128 :]
        around = min([exponent(width) - BELOW, *map(exponent, near)])
        self.least = max(min(exponents) - BEYOND if self.centre == 0 else around, exponent(0.0))
        self.most = max(exponents) + BEYOND
        self.sides = {math.copysign(1, y - self.centre) for y in known if y != self.centre}
        self.finer = {}
        places = [self.coarse(y) for y in known]
        for place in set(places):
            share = places.count(place) / len(known)
            if place[0] and share > CROWD:
                self.finer[place] = math.ceil(math.log2(share / CROWD)) + 5
        times = {y: known.count(y) for y in set(known)}
        self.atoms = {}
        for y in sorted(times, key=lambda y: (-times[y], y))[:64]:
            if times[y] >= 4:
                self.atoms.setdefault(self.fine(y), y)

    def coarse(self, y):
        d = y - self.centre
        side = -1 if d < 0 else 1
        if exponent(d) < self.least:
            return (0, 0, 0)
        if side not in self.sides:
            return (side, 0, 0)
        if exponent(d) > self.most:
            return (side, side * self.most, side * (2**self.bits - 1))
        return (side, side * exponent(d), side * leading(d, self.bits))

    def fine(self, y):
        place = self.coarse(y)
        finer = self.finer.get(place)
        return (*place, place[0] * leading(y - self.centre, self.bits + finer) if finer else 0)

    def __call__(self, y):
        """Cells in the order of the draws."""
        place = self.fine(y)
        atom = self.atoms.get(place)
        return (*place, 0 if atom is None else (y > atom) - (y < atom))


def exponent(d):
    """That of a float's bits: -1023 for 0 and for numbers that are smaller than normal ones."""
    return math.frexp(d)[1] - 1 if abs(d) >= 2.0**-1022 else -1023


def leading(d, bits):
    """The first bits of the mantissa."""
    mantissa = abs(d) * 2.0**1022 if exponent(d) == -1023 else 2 * math.frexp(abs(d))[0] - 1
    return math.floor(mantissa * 2**bits)


def places_of(bins, k, draws):
    """The bin of each draw (draws,) of output `k`, and the counts."""
    counts, place = np.zeros(int(bins.offset[k + 1] - bins.offset[k]), np.uint32), np.empty(BLOCK, np.int32)
    found = []
    for start in range(0, len(draws), BLOCK):
        part = draws[start : start + BLOCK]
        row = np.resize(part, BLOCK)
        extremes = np.tile([np.inf, -np.inf], (len(counts), 1))
        count_block(row, len(part), bins, k, np.empty(BLOCK), place, counts, extremes, np.zeros(2))
        found.append(place[: len(part)].copy())
    return np.concatenate(found), counts


rng = np.random.default_rng(30)
TAKEN = rng.permutation(512)


def mixed(*parts):
    """Draws of these parts, 512 in all, in no order."""
    whole = np.concatenate(parts)
    assert whole.shape == (512,)
    return whole[TAKEN]


AN_EIGHTH = np.linspace(1.0, 1.125, 64, endpoint=False)
PILOTS = {
    "log-normal over decades": rng.lognormal(0.0, 4.0, 512),
    "of both signs": rng.standard_t(2, 512),
    "far from 0": 1e6 + rng.normal(size=512),
    "negative": -5.0 - 1e-3 * rng.gamma(2.0, 1.0, 512),
    "clusters": mixed(rng.lognormal(0.0, 3.0, 312), 1000 + 0.01 * rng.normal(size=100), -np.linspace(7, 7.01, 100)),
    # A cell of 1/64 octave with exactly 4 of 512 is not crowded, one with 5 is.
    "nearly a crowd": mixed(2.0 ** np.linspace(-30, 30, 503), 1.5 + 1e-4 * np.arange(4), -1.5 - 1e-4 * np.arange(5)),
    "crowded next to the centre": mixed(np.linspace(7, 9, 448), 8.0 + 2.0**-11 * AN_EIGHTH),
    "a narrow component around the centre": mixed(rng.normal(0.0, 1.0, 200), 1e5 + rng.normal(size=312)),
    "atoms": mixed(rng.lognormal(0.0, 2.0, 400), np.repeat([0.0, -3.0, 0.7], [50, 20, 42])),
    # Around -4: both within what is too close to be told apart; then two in one part, of which the second is more frequent.
    "atoms in one bin": mixed(
        rng.normal(-4.0, 1.0, 472), np.repeat([-4.0, -4.0, -2.0, -2.0] - 2.0 ** -np.array([25, 24, 30, 29]), [5, 9, 12, 14])
    ),
    "nothing finite at times": mixed(rng.normal(0.0, 1.0, 490), np.repeat([np.nan, np.inf, -np.inf], [10, 6, 6])),
    "from 0 on": mixed(np.interp(np.arange(512), [0, 25, 255, 485, 511], [-1.0, 0.0, 9.0, 18.0, 20.0])),
    "few": mixed(np.linspace(5.0, 11.0, 21) ** 2, np.full(491, np.nan)),
    "nearly all one value": mixed(np.full(492, -3.0), rng.normal(-2.0, 1.0, 20)),
    "nearly all within its last bits": mixed(np.full(492, 5.0), 5.0 + 2.0**-45 * np.arange(1, 21)),
    "nearly all 0": mixed(np.zeros(492), rng.lognormal(-9.0, 1.0, 20)),
    "smaller than normal numbers": mixed(2.0**-1074 * np.floor(2.0 ** np.linspace(20, 51, 504)), np.zeros(8)),
    "the whole range": mixed(2.0 ** rng.uniform(-1000, 1000, 506), np.outer([1, -1], [2.0**1023, 2.0**-1022, 0.1]).ravel()),
}


@pytest.mark.parametrize("draws", [1000, 2**18, 2**24])
@pytest.mark.parametrize("name", PILOTS)
def test_bins_are_exponents_and_first_bits(name, draws):
    """The second output's draws, their neighbours, and what lies between and beyond, share bins as they should."""
    pilot = PILOTS[name]
    bins = bins_from_pilot(np.stack([PILOTS["atoms"], pilot, PILOTS["clusters"]]), draws)
    cells = Cells(pilot.tolist(), {1000: 6, 2**18: 7, 2**24: 9}[draws])
    assert bins.centre[1] == cells.centre
    known = pilot[np.isfinite(pilot)]
    rng = np.random.default_rng(31)
    spread = 2.0 ** rng.uniform(-1022, 1023, 600) * rng.choice([-1.0, 1.0], 600)
    octaves = rng.uniform(max(cells.least - 2, -1060), min(cells.most + 2, 1023), 600)
    near = cells.centre + 2.0**octaves * rng.choice([-1.0, 1.0], 600)
    one, other = rng.choice(known, (2, 1200))
    within = one + np.repeat([1e-5, 1e-3, 0.02], 400) * (other - cells.centre)
    beside = np.nextafter(known, np.inf), np.nextafter(known, -np.inf)
    y = np.concatenate([known, *beside, near, within, spread, [0.0, cells.centre]])
    y = np.sort(y[np.abs(y - cells.centre) < 2.0**1023.9])
    place, counts = places_of(bins, 1, y)
    assert counts.sum() == len(y) and place.min() >= 0 and place.max() < len(counts) - 1
    expected = [cells(float(each)) for each in y]
    assert expected == sorted(expected) and np.all(np.diff(place) >= 0)
    same = np.diff(place) == 0
    wrong = [k for k in range(len(y) - 1) if same[k] != (expected[k] == expected[k + 1])]
    assert not wrong, [(y[k], y[k + 1], expected[k : k + 2], place[k : k + 2]) for k in wrong[:3]]
    assert bins.is_split.dtype == bool and bins.is_split.shape == (3,) and bins.is_split[1] == bool(cells.finer)
    found = bins.atom_value[bins.atoms[1] : bins.atoms[2]]
    assert found.tolist() == sorted(cells.atoms.values())
    assert places_of(bins, 1, np.array([np.nan, np.inf, -np.inf]))[0].tolist() == [len(counts) - 1] * 3


def test_outputs_without_an_octave():
    """Without finite draws both sides have one bin, all is about 0 and in units of 1; without outputs there is nothing."""
    bins = bins_from_pilot(np.array([[np.nan] * 9, [np.inf] * 9]), 1000)
    assert bins.n_below.tolist() == bins.n_above.tolist() == [1, 1] and bins.offset.tolist() == [0, 4, 8]
    assert bins.centre.tolist() == [0.0, 0.0] and bins.scale.tolist() == [1.0, 1.0] and not bins.is_split.any()
    nothing = bins_from_pilot(np.empty((0, 9)), 1000)
    assert nothing.offset.tolist() == nothing.atoms.tolist() == [0] and len(nothing.is_split) == len(nothing.centre) == 0


def test_no_octave_is_without_numbers():
    """From the smallest number beside a value that all have; and up to the largest float, beyond which there is none."""
    for value in (1.0, -3.0, 1e300, 1e-200):
        bins = bins_from_pilot(np.array([[value] * 50, [value] * 49 + [2 * value]]), 1000)
        assert np.all(2.0 ** ((bins.lowest >> 6) - 1023.0) == np.spacing(abs(value)))
    bins = bins_from_pilot(np.array([[1e308, 1e-308, -1e308, 5.0]]), 1000)
    assert bins.lowest[0] == 0 and bins.n_below[0] == bins.n_above[0] == 2047 << 6


@pytest.mark.parametrize("size", [-1070, -1022, -1021, 0, 40, 1022, 1023])
def test_scales_are_powers_of_two_that_can_be_divided_by(size):
    """That of half the width from 5 % to 95 %, as far as both it and its inverse are normal numbers."""
    scale = bins_from_pilot(np.linspace(-1.9, 1.9, 101)[None] * 2.0**size, 1000).scale[0]
    assert scale == 2.0 ** np.clip(size, -1022, 1022)


@pytest.mark.parametrize("size", [1e-200, 1e200])
def test_few_draws_off_zero_keep_their_squares(size):
    """Where nearly all are 0 the others decide in which unit squares are summed."""
    draws = np.where(np.arange(400) % 25 == 0, 1.0 + np.arange(400), 0.0)[None]
    bins = bins_from_pilot(draws * size, 1000)
    sums = np.zeros(2)
    room = np.zeros(int(bins.offset[-1]), np.uint32), np.tile([np.inf, -np.inf], (int(bins.offset[-1]), 1)), sums
    count_block(np.resize(draws * size, BLOCK), 400, bins, 0, np.empty(BLOCK), np.empty(BLOCK, np.int32), *room)
    unit = bins.scale[0] / size
    np.testing.assert_allclose(sums, [draws.sum() / unit, (draws**2).sum() / unit**2], rtol=1e-12)
