"""Numbers as people write them: what is taken off cannot change what is meant, and anything else is no number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.amounts import is_blank_word, parse_amounts
from geo.parse import parse_numbers


def value(text: str, unit: str = "") -> float | None:
    found = parse_amounts([text], unit=unit)
    return None if found.bad[0] or found.none[0] else float(found.numbers[0])


@pytest.mark.parametrize(
    ("text", "unit", "number"),
    [
        ("1.2万", "", 12000), ("0.3万人", "人", 3000), ("2千", "", 2000),
        ("1.5亿元", "元", 1.5e8), ("约1.2万余人", "", 12000),
        ("１，２３４人", "", 1234), ("86.5㎡", "平方米", 86.5),
        ("86.5m²", "平方米", 86.5), ("1.2公顷", "平方米", 12000),
        ("1.2公里", "米", 1200), ("800", "米", 800), ("35度", "度", 35), ("2026年", "年", 2026), ("3万元", "万元", 3),
        ("30000元", "万元", 3), ("50客/日", "客/日", 50), ("近百", "", None),
        ("100多人", "人", 100), ("90左右", "", 90),
        ("-3张", "", -3), ("3 张", "张", 3), ("1.1万", "", 11000),
    ],
)  # fmt: skip
def test_amounts(text: str, unit: str, number: float | None) -> None:
    assert value(text, unit) == number


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("35张", "米"), ("86.5㎡", "张"), ("1.2公里", ""), ("500元", ""), ("1.2万", "万元"), ("5年", ""),
        ("3楼", ""), ("12个月", ""),
        ("100以上", ""), ("3-5", ""), ("3~5", ""), ("1,23", ""), ("1.2.3", ""), ("m2", "平方米"),
        ("10m3", "平方米"), ("约", ""),
        ("万", ""), ("12人34", ""), ("1e3人", ""), ("0x10", ""), ("⑫", ""), ("10²", ""), ("½", ""),
    ],
)  # fmt: skip
def test_no_amounts(text: str, unit: str) -> None:
    found = parse_amounts([text], unit=unit)
    assert found.bad[0]
    assert not found.worded[0]
    assert found.numbers[0] != found.numbers[0]  # NaN


def test_what_was_taken_off_is_told_apart() -> None:
    found = parse_amounts(["120", "约120", "120人", "1.2万", "100余", "—", "", "abc"])
    assert found.worded.tolist() == [False, True, True, True, True, False, False, False]
    assert found.about.tolist() == [False, True, False, False, True, False, False, False]
    assert found.own_unit.tolist() == [False, False, True, True, False, False, False, False]
    assert found.none.tolist() == [False] * 5 + [True, False, False]
    assert found.bad.tolist() == [False] * 7 + [True]


@given(st.text(max_size=12))
def test_what_is_a_plain_number_is_read_as_one(text: str) -> None:
    numbers, bad = parse_numbers([text])
    found = parse_amounts([text])
    assert bad[0] or (found.numbers[0] == numbers[0] or numbers[0] != numbers[0])
    assert not (found.worded[0] and not bad[0])
    assert found.worded[0] + found.none[0] + found.bad[0] <= 1


@given(st.integers(0, 10**7), st.sampled_from(["人", "张", "户", "家", ""]), st.sampled_from(["约", "大约", ""]))
def test_a_whole_number_with_words_around_it(number: int, unit: str, about: str) -> None:
    assert value(f"{about}{number}{unit}") == number
    assert value(f"{about}{number:,}{unit}") == number


@pytest.mark.parametrize("text", ["无", " / ", "－", "N/A", "暂无", "——"])
def test_words_for_nothing(text: str) -> None:
    assert is_blank_word(text)


@pytest.mark.parametrize("text", ["", "0", "无障碍", "-1", "/3"])
def test_no_words_for_nothing(text: str) -> None:
    assert not is_blank_word(text)
