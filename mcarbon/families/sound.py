"""Priors that were found to be sound, remembered from process to process.

Whether a prior's parameters give a distribution may take SciPy to find out, which takes longer to import than a study
takes to load. A library has many priors, so their digests stand in one file.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from mcarbon.remembered import keep, recall

MOST = 20_000
"""Digests that are kept; beyond, only those of this process."""
_SIZE = 16


@dataclass(slots=True)
class _Sound:
    """Digests by what they were kept as, and those that are not kept yet."""

    kept: frozenset[bytes] | None = None
    new: set[bytes] = field(default_factory=set)


_sound = _Sound()


def is_sound(prior: str) -> bool:
    """Whether this prior, written out, was found to be sound."""
    if _sound.kept is None:
        _sound.kept = _read()
    digest = _digest(prior)
    return digest in _sound.kept or digest in _sound.new


def found_sound(prior: str) -> None:
    """Remember that this prior, written out, is sound; see `remember`."""
    _sound.new.add(_digest(prior))


def remember() -> None:
    """Keep what was found in this process for those to come."""
    if _sound.new:
        # Read again: another process may have kept its own meanwhile.
        found = _read() | (_sound.kept or frozenset()) | _sound.new
        _sound.kept = frozenset(_sound.new if len(found) > MOST else found)
        _sound.new.clear()
        keep("priors", "sound", b"".join(sorted(_sound.kept)))


def _read() -> frozenset[bytes]:
    content = recall("priors", "sound") or b""
    return frozenset(content[k : k + _SIZE] for k in range(0, len(content), _SIZE))


def _digest(prior: str) -> bytes:
    return hashlib.blake2b(prior.encode(), digest_size=_SIZE).digest()
