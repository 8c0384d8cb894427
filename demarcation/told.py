"""边界线走向说明 as people write it, read into stretches: from which stake, which way, how far, to which stake.

What could not be read is kept with its fragment. Texts are hostile: each pattern is bounded, so that the time it takes
goes with the length of a text, and that has a limit.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from demarcation.codes import split_number
from demarcation.description import BASIS, TITLE
from demarcation.directions import ANGLE, DIRECTION, Direction, parse_direction
from demarcation.numerals import LENGTH, NUMERAL, Length, chinese_number, parse_length
from demarcation.rules import Rules
from layers.secrecy import STAMP

__all__ = ["MOST_LETTERS", "Told", "ToldLeg", "ToldStake", "ToldStretch", "read_description"]

#: A description is a few pages; what lies beyond this is not read, and that is said.
MOST_LETTERS: Final = 50_000
_MOST_FRAGMENTS = 1000
_FRAGMENT = 60


@dataclass(frozen=True)
class ToldStake:
    """A stake, or a double or triple one, as a text names it.

    Parameters
    ----------
    names
        Numbers: full ones, or serials.
    end
        ``start`` or ``end`` for an end of the line.
    """

    names: tuple[str, ...]
    end: str = ""


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


_RUN = r"[0-9A-Za-z]{1,24}(?:-[0-9A-Za-z]{1,12}){0,2}"
# After these letters a direction is a part of a name: 东山, 西河村, 北岸.
_NAME = "[山村镇乡河江湖沟岭塘庄屯寨街路坡桥港岸侧部门关城海峰]"
_TOKEN: Final = re.compile(
    "|".join(
        (
            r"(?P<quoted>“[^”\n]{0,100}”|《[^》\n]{0,100}》)",
            # Which way a river flows is not which way the line goes.
            r"(?P<flow>(?:流向|水流)(?:为|大致|是)?(?:由|自)?[东南西北]{1,4}(?:[向流至][东南西北]{1,4})?)",
            rf"(?P<bearing>(?P<north>真|坐标|磁)?方位角?(?:为|约|是|:)?\s?(?P<angle>{ANGLE}))",
            (
                rf"(?P<ways>(?:(?:由|自|从)正?[东南西北]{{1,4}}[向往朝至到]|(?:方向|走向)(?:为|是|:)?\s?|[向往朝呈转折]\s?)"
                rf"略?(?P<to_way>{DIRECTION})(?!{_NAME}))"
            ),
            rf"(?P<named>[向往朝]\s?{DIRECTION}(?={_NAME}))",
            rf"(?P<way>{DIRECTION})(?=\s?(?:方向|方位|向|行|走|延))",
            rf"(?<![^:,;。、\s→>~—])(?P<alone>{DIRECTION})(?=\s?(?:[:,;。、\n]|$))",
            rf"(?P<length>{LENGTH})",
            r"(?P<started>(?:起点|始点)(?:为|是|:)|起自|起于|始于)",
            r"(?P<ended>(?:终点|止点|讫点)(?:为|是|:)|止于|终于|终止于)",
            r"(?P<first>(?:界线|边界线|线路)?(?:起点|始点))",
            r"(?P<last>(?:界线|边界线|线路)?(?:终点|止点|讫点))",
            (
                rf"(?P<stake>(?P<before>界桩|界碑|桩号)?(?:编号)?:?\s?第?(?P<run>{_RUN}|[{NUMERAL}]{{1,6}}(?=\s?号))"
                r"(?P<more>(?:\s?[(、,/和及]\s?[A-E](?![0-9A-Za-z])){0,2})\)?\s?号?"
                r"(?P<after>(?:(?:同号)?[单双三]立)?(?:界桩|界碑))?)"
            ),
            (
                rf"(?P<along>沿(?:着)?(?:[A-Z]\d{{1,5}}|(?!{DIRECTION}\s?(?:方|向|行|走|延))"
                r"[^,。;:、\n()“《至到向往朝行约为\d]){1,20}|以[^,。;:\n“《]{1,20}为界)"
            ),
            r"(?P<then>再|然后|继续|转而|而后|接着|折|转)",
            r"(?P<from>从(?!而)|自(?![然来行身])|由(?!于))",
            r"(?P<to>处的|到达|抵达|至|到|抵|—{1,3}|–|~|→|->|-)",
            r"(?P<via>途经|途径|经过|穿过|跨越|跨过|旁经|经|过)",
            r"(?P<stop>[,;。:?!\n])",
        )
    )
)
_BETWEEN = re.compile(r"\s?[、和及与/(]?\s?")
_NOTHING: Final = ("", "零", "又")
_DASHES: Final = "-—–~"
_TOTAL = re.compile(r"(?:全长|总长|共长|共计|合计|总计|线长)[^,。;:\d]{0,6}:?\s?$")
_WHOLE_STRETCH = re.compile(r"[该本此][一两]?段[^,。;]{0,12}$")
_ASIDE = re.compile(
    r"(?:[宽高深厚]|海拔|高程|标高|半径|直径|相距)(?:度|约|为|达|是|:){0,3}\s?$"
    r"|距(?!离)[^,。;\d]{0,15}$|\([^()]{0,12}里程[^()\d]{0,4}$"
)
_HEADING = re.compile(r"[^\d]{0,24}(?:走向|说明|描述|如下)|[第(]?\d{0,3}[一二三四五六七八九十]{0,4}[段条节)]\)?")
_LOOK_BACK = 24
_BETWEEN_LETTERS = 3
#: A triple stake by its full numbers and by its serial, and room for more.
_MOST_NAMES = 8
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


@dataclass(frozen=True)
class _Token:
    """Something that was recognised.

    Parameters
    ----------
    kind
        Name of its pattern.
    at, end
        Where it stands.
    value
        What it says; None where its pattern fits and its meaning does not.
    """

    kind: str
    at: int
    end: int
    value: ToldStake | Direction | Length | str | None = None


def _tokens(text: str, rules: Rules) -> list[_Token]:
    """All tokens, with what stands side by side for one stake or one length put together."""
    tokens: list[_Token] = []
    for match in _TOKEN.finditer(text):
        for token in _meant(match, rules):
            last = tokens[-1] if tokens else None
            joined = None if last is None else _joined(last, token, text)
            tokens[-1:] = [joined] if joined is not None else [*tokens[-1:], token]
    return tokens


def _meant(match: re.Match[str], rules: Rules) -> Iterator[_Token]:
    """The tokens of a match: one, none for a run of letters that is no stake, three for 9916001Q-9916002Q."""
    kind, at, end = str(match.lastgroup), match.start(), match.end()
    if kind == "stake":
        yield from _stakes(match, rules)
    elif kind == "length":
        yield _Token(kind, at, end, parse_length(match[0]))
    elif kind == "named":
        yield _Token(kind, at, end)
    elif kind == "bearing":
        yield _Token("label", at, end, parse_direction(match["angle"]) if match["north"] in (None, "真") else None)
    elif kind in ("ways", "way", "alone"):
        said = parse_direction(match["to_way"] or match["way"] or match["alone"])
        yield _Token("label" if match[0].startswith(("方向", "走向")) else "way", at, end, said)
    elif kind in ("first", "last"):
        yield _Token("stake", at, end, ToldStake((), "start" if kind == "first" else "end"))
    else:
        yield _Token(kind, at, end, match[0])


def _stakes(match: re.Match[str], rules: Rules) -> Iterator[_Token]:
    run, more = match["run"].upper(), re.findall(r"[A-E]", match["more"])
    first, dash, second = run.partition("-")
    if dash and split_number(first, rules):
        middle = match.start("run") + len(first)
        yield _Token("stake", match.start(), middle, ToldStake((first,)))
        yield _Token("to", middle, middle + 1, "-")
        yield _Token("stake", middle + 1, match.end(), ToldStake((second,)))
        return
    if not (
        match["before"] or match["after"] or split_number(run, rules) or (more and split_number(run + more[0], rules))
    ):
        return
    if run[0] in NUMERAL:
        number = chinese_number(run)
        run = run if number is None else f"{number:.0f}"
    names = (run,)
    if more:
        names = (*(() if run[-1].isdigit() else names), *(run.rstrip("ABCDE") + letter for letter in more))
    yield _Token("stake", match.start(), match.end(), ToldStake(names))


def _joined(last: _Token, token: _Token, text: str) -> _Token | None:
    """Two tokens as one: 1号界桩(9916001Q), 9916005A、9916005B号界桩, 1公里200米."""
    between = text[last.end : token.at]
    one, other = last.value, token.value
    if isinstance(one, ToldStake) and isinstance(other, ToldStake):
        beside = len(between) <= _BETWEEN_LETTERS and _BETWEEN.fullmatch(between)
        if beside and not (one.end or other.end) and len(one.names) < _MOST_NAMES:
            return _Token("stake", last.at, token.end, ToldStake((*one.names, *other.names)))
    elif isinstance(one, Length) and isinstance(other, Length):  # noqa: SIM102  # one kind of token, one branch
        if between in _NOTHING and other.metres < one.metres:
            return _Token("length", last.at, token.end, one + other)
    return None


class _Reader:
    """Goes through the tokens once, from left to right."""

    def __init__(self, text: str, rules: Rules) -> None:
        self.text = text
        self.tokens = _tokens(text, rules)
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
        end = _Token("stop", len(self.text), len(self.text), "")
        for before, token, following in zip([end, *self.tokens], self.tokens, [*self.tokens[1:], end], strict=False):
            self._take(before, token, following)
        self._stop(len(self.text), len(self.text))
        self._leave()

    def _take(self, before: _Token, token: _Token, following: _Token) -> None:
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

    def _stake(self, token: _Token, stake: ToldStake, following: _Token) -> None:
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

    def _length(self, token: _Token, length: Length) -> None:
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
