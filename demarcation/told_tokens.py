"""What stands in a 边界线走向说明: stakes, directions, lengths and the small words between them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from demarcation.codes import split_number
from demarcation.directions import ANGLE, DIRECTION, Direction, parse_direction
from demarcation.numerals import LENGTH, NUMERAL, Length, chinese_number, parse_length
from demarcation.rules import Rules

__all__ = ["Token", "ToldStake", "tokens_of"]

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
_BETWEEN_LETTERS = 3
#: A triple stake by its full numbers and by its serial, and room for more.
_MOST_NAMES = 8


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
class Token:
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


def tokens_of(text: str, rules: Rules) -> list[Token]:
    """All tokens, with what stands side by side for one stake or one length put together.

    Parameters
    ----------
    text
        Half-width letters and figures.
    rules
        For the schemes of stake numbers.

    Examples
    --------
    >>> from demarcation.rules import load_rules
    >>> [token.kind for token in tokens_of("从9916001Q向东1公里至9916002Q号界桩", load_rules())]
    ['from', 'stake', 'way', 'length', 'to', 'stake']
    """
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text):
        for token in _meant(match, rules):
            last = tokens[-1] if tokens else None
            joined = None if last is None else _joined(last, token, text)
            tokens[-1:] = [joined] if joined is not None else [*tokens[-1:], token]
    return tokens


def _meant(match: re.Match[str], rules: Rules) -> Iterator[Token]:
    """The tokens of a match: one, none for a run of letters that is no stake, three for 9916001Q-9916002Q."""
    kind, at, end = str(match.lastgroup), match.start(), match.end()
    if kind == "stake":
        yield from _stakes(match, rules)
    elif kind == "length":
        yield Token(kind, at, end, parse_length(match[0]))
    elif kind == "named":
        yield Token(kind, at, end)
    elif kind == "bearing":
        yield Token("label", at, end, parse_direction(match["angle"]) if match["north"] in (None, "真") else None)
    elif kind in ("ways", "way", "alone"):
        said = parse_direction(match["to_way"] or match["way"] or match["alone"])
        yield Token("label" if match[0].startswith(("方向", "走向")) else "way", at, end, said)
    elif kind in ("first", "last"):
        yield Token("stake", at, end, ToldStake((), "start" if kind == "first" else "end"))
    else:
        yield Token(kind, at, end, match[0])


def _stakes(match: re.Match[str], rules: Rules) -> Iterator[Token]:
    run, more = match["run"].upper(), re.findall(r"[A-E]", match["more"])
    first, dash, second = run.partition("-")
    if dash and split_number(first, rules):
        middle = match.start("run") + len(first)
        yield Token("stake", match.start(), middle, ToldStake((first,)))
        yield Token("to", middle, middle + 1, "-")
        yield Token("stake", middle + 1, match.end(), ToldStake((second,)))
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
    yield Token("stake", match.start(), match.end(), ToldStake(names))


def _joined(last: Token, token: Token, text: str) -> Token | None:
    """Two tokens as one: 1号界桩(9916001Q), 9916005A、9916005B号界桩, 1公里200米."""
    between = text[last.end : token.at]
    one, other = last.value, token.value
    if isinstance(one, ToldStake) and isinstance(other, ToldStake):
        beside = len(between) <= _BETWEEN_LETTERS and _BETWEEN.fullmatch(between)
        if beside and not (one.end or other.end) and len(one.names) < _MOST_NAMES:
            return Token("stake", last.at, token.end, ToldStake((*one.names, *other.names)))
    elif isinstance(one, Length) and isinstance(other, Length):  # noqa: SIM102  # one kind of token, one branch
        if between in _NOTHING and other.metres < one.metres:
            return Token("length", last.at, token.end, one + other)
    return None
