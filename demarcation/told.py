"""边界线走向说明 as people write it, read into stretches: from which stake, which way, how far, to which stake.

What could not be read is kept with its fragment. Texts are hostile: each pattern is bounded, so that the time it takes
goes with the length of a text, and that has a limit.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Final

from demarcation.description import BASIS, TITLE
from demarcation.directions import Direction
from demarcation.numerals import Length
from demarcation.rules import Rules
from demarcation.told_tokens import Token, ToldStake, tokens_of
from layers.secrecy import STAMP

__all__ = ["MOST_LETTERS", "Told", "ToldLeg", "ToldStake", "ToldStretch", "read_description"]

#: A description is a few pages; what lies beyond this is not read, and that is said.
MOST_LETTERS: Final = 50_000
_MOST_FRAGMENTS = 1000
_FRAGMENT = 60


@dataclass(frozen=True)
class ToldLeg:
    """One direction and one length.

    Parameters
    ----------
    direction, length
        None where the text gives none.
    along
        What it follows, as written.
    """

    direction: Direction | None = None
    length: Length | None = None
    along: str = ""


@dataclass(frozen=True)
class ToldStretch:
    """From one stake to another.

    Parameters
    ----------
    start, end
        None where the text does not say.
    via
        Stakes on the way.
    legs
        In order.
    length
        Of the whole stretch, where the text gives it apart.
    fragment
        The beginning of the text that says it.
    """

    start: ToldStake | None
    end: ToldStake | None
    via: tuple[ToldStake, ...]
    legs: tuple[ToldLeg, ...]
    length: Length | None
    fragment: str


@dataclass(frozen=True)
class Told:
    """All that a text says.

    Parameters
    ----------
    stretches
        In its order.
    total
        Length of the line; None where the text does not give it.
    unread
        Fragments that say something that was not understood.
    cut
        Whether the text was longer than is read.
    """

    stretches: tuple[ToldStretch, ...]
    total: Length | None
    unread: tuple[str, ...]
    cut: bool = False


_DASHES: Final = "-—–~"
_TOTAL = re.compile(r"(?:全长|总长|共长|共计|合计|总计|线长)[^,。;:\d]{0,6}:?\s?$")
_WHOLE_STRETCH = re.compile(r"[该本此][一两]?段[^,。;]{0,12}$")
_ASIDE = re.compile(
    r"(?:[宽高深厚]|海拔|高程|标高|半径|直径|相距)(?:度|约|为|达|是|:){0,3}\s?$"
    r"|距(?!离)[^,。;\d]{0,15}$|\([^()]{0,12}里程[^()\d]{0,4}$"
)
_HEADING = re.compile(r"[^\d]{0,24}(?:走向|说明|描述|如下)|[第(]?\d{0,3}[一二三四五六七八九十]{0,4}[段条节)]\)?")
_LOOK_BACK = 24
#: 从 this near to the beginning of a clause begins a stretch.
_BEFORE_FROM = 4
_MODES: Final = {"from": "from", "started": "from", "to": "to", "ended": "to", "via": "via"}


def read_description(text: str, rules: Rules) -> Told:
    """What a text says of the course of a line.

    Parameters
    ----------
    text
        As people write it, Chinese; figures in Arabic or Chinese numerals.
    rules
        For the schemes of stake numbers.

    Examples
    --------
    >>> from demarcation.rules import load_rules
    >>> told = read_description("从1号界桩(9916001Q)起,沿山脊向东北行进约1.2公里至9916002Q号界桩。", load_rules())
    >>> stretch = told.stretches[0]
    >>> stretch.start.names, stretch.end.names, stretch.legs[0].direction.text, stretch.legs[0].length.metres
    (('1', '9916001Q'), ('9916002Q',), '东北', 1200.0)
    """
    plain = unicodedata.normalize("NFKC", text[:MOST_LETTERS])[:MOST_LETTERS].replace("″", "′′")
    # Our own title, the line below it and the stamp say nothing of the course; blanks keep the places of their letters.
    ours = tuple(unicodedata.normalize("NFKC", line) for line in (TITLE["zh"], BASIS["zh"], STAMP))
    lines = (" " * len(line) if line.startswith(ours) else line for line in plain.split("\n"))
    reader = _Reader("\n".join(lines), rules)
    reader.read()
    return Told(tuple(reader.stretches), reader.total, tuple(reader.unread[:_MOST_FRAGMENTS]), len(text) > MOST_LETTERS)


class _Reader:
    """Goes through the tokens once, from left to right."""

    def __init__(self, text: str, rules: Rules) -> None:
        self.text = text
        self.tokens = tokens_of(text, rules)
        self.stretches: list[ToldStretch] = []
        self.total: Length | None = None
        self.unread: list[str] = []
        self._mode = ""
        self._start: ToldStake | None = None
        self._via: list[ToldStake] = []
        self._legs: list[ToldLeg] = []
        self._whole: Length | None = None
        # Where the stretch and the clause began, and whether the clause said something that was understood.
        self._since = self._clause = 0
        self._understood = self._again = False

    def read(self) -> None:
        """Read the whole text."""
        end = Token("stop", len(self.text), len(self.text), "")
        for before, token, following in zip([end, *self.tokens], self.tokens, [*self.tokens[1:], end], strict=False):
            self._take(before, token, following)
        self._stop(len(self.text), len(self.text))
        self._leave()

    def _take(self, before: Token, token: Token, following: Token) -> None:
        if token.kind == "stop":
            self._stop(token.at, token.end)
            return
        if token.value is None:
            self._missed(token.at, token.end)
        elif isinstance(token.value, ToldStake):
            self._stake(token, token.value, following)
        elif isinstance(token.value, Direction):
            self._direction(token.value, is_label=token.kind == "label")
        elif isinstance(token.value, Length):
            self._length(token, token.value)
        elif token.kind == "along":
            self._along(token.value)
        elif token.kind == "then":
            self._again = True
        elif token.kind in _MODES:
            if token.value[0] in _DASHES and not (before.kind == "stake" and before.end == token.at):
                return
            self._mode = _MODES[token.kind]
            if self._mode == "from" and token.at - self._clause <= _BEFORE_FROM:
                self._mode = "new"
        self._understood |= token.kind not in ("then", "from")

    def _stake(self, token: Token, stake: ToldStake, following: Token) -> None:
        starts = self.text[token.end : token.end + 2].lstrip("号)").startswith("起") or (
            following.kind == "to" and following.at == token.end
        )
        if self._mode == "to":
            self._close(stake)
        elif self._mode == "via":
            self._via.append(stake)
        elif self._mode or starts or not self._legs:
            if not stake.end or self._mode or starts:
                self._leave()
                self._start, self._since, self._mode = stake, token.at, ""
        elif self._late():
            self._leave()
            self._start, self._since = stake, token.at
        else:
            self._missed(token.at, token.end)

    def _late(self) -> bool:
        """Legs that follow the stretch they belong to: 1号—2号,方向东北,1.2公里."""
        last = self.stretches[-1] if self.stretches else None
        return last is not None and not last.legs and self._start in (last.start, last.end)

    def _close(self, end: ToldStake) -> None:
        told = ToldStretch(
            self._start, end, tuple(self._via), tuple(self._legs), self._whole, self._fragment(self._since)
        )
        self.stretches.append(told)
        self._start, self._since, self._again = end, self._clause, False
        self._via, self._legs, self._whole = [], [], None

    def _leave(self) -> None:
        """What was said since the last stake and leads to no other."""
        if (self._legs or self._whole) and self._late():
            last = self.stretches.pop()
            self.stretches.append(replace(last, legs=tuple(self._legs), length=last.length or self._whole))
        elif self._whole and self.stretches and not self._legs and self.stretches[-1].length is None:
            self.stretches[-1] = replace(self.stretches[-1], length=self._whole)
        elif self._legs:
            self.stretches.append(
                ToldStretch(
                    self._start, None, tuple(self._via), tuple(self._legs), self._whole, self._fragment(self._since)
                )
            )
        self._start, self._again = None, False
        self._via, self._legs, self._whole = [], [], None

    def _direction(self, direction: Direction, *, is_label: bool) -> None:
        last = self._last()
        taken = last.direction is not None or (last.length is not None and not is_label)
        self._put(replace(ToldLeg() if taken else last, direction=direction), is_new=taken)

    def _along(self, along: str) -> None:
        last = self._last()
        taken = bool(last.along) or last.length is not None
        self._put(replace(ToldLeg() if taken else last, along=along[1:]), is_new=taken)

    def _length(self, token: Token, length: Length) -> None:
        before = self.text[max(token.at - _LOOK_BACK, 0) : token.at]
        if _ASIDE.search(before):
            return
        if _TOTAL.search(before):
            if _WHOLE_STRETCH.search(before):
                self._whole = length
            elif self.total is None:
                self.total = length
            else:
                self._missed(token.at, token.end)
            return
        last = self._last()
        taken = last.length is not None
        self._put(replace(ToldLeg() if taken else last, length=length), is_new=taken)

    def _last(self) -> ToldLeg:
        """The leg that is open."""
        return self._legs[-1] if self._legs and not self._again else ToldLeg()

    def _put(self, leg: ToldLeg, *, is_new: bool) -> None:
        if is_new or self._again or not self._legs:
            self._legs.append(leg)
        else:
            self._legs[-1] = leg
        self._again = False

    def _stop(self, at: int, end: int) -> None:
        """The end of a clause: one that said nothing that was understood is kept."""
        said = self.text[self._clause : at].strip()
        if not self._understood and sum(letter.isalnum() for letter in said) > 1 and not _HEADING.fullmatch(said):
            self._missed(self._clause, at)
        if self._mode == "new":  # 从 a place that is no stake
            self._leave()
        self._mode, self._clause, self._understood = "", end, False

    def _missed(self, at: int, end: int) -> None:
        if len(self.unread) < _MOST_FRAGMENTS:
            self.unread.append(self.text[max(at, self._clause) : end].strip()[:_FRAGMENT])

    def _fragment(self, since: int) -> str:
        return self.text[since : since + _FRAGMENT].strip().split("\n")[0]
