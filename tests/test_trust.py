"""What the README tells of long runs: all that was kept, and no more. Cells are letters here."""

from tests.measured import Measured, joined
from tests.trust import TRIED, ten_minutes, trust

TABLE = Measured("a day", "a machine", ["x", "y"], [["a", "b"], ["c | d", ""]])
FUZZED = TABLE._replace(rows=[["long", "1,200", "9,000", "0"], ["short", "20", "8", "1"], ["shorter", "6", "999", "0"]])


def test_what_was_never_run_is_left_out() -> None:
    text = trust(lambda name: TABLE if name == "soak" else None)
    assert "### Load" in text
    assert text.count("###") == 1
    assert text.endswith("| x | y |\n| --- | --- |\n| a | b |\n| c &#124; d |  |\n")


def test_nothing_was_kept() -> None:
    assert trust(lambda name: None) == "No figures are kept yet; the commands under [Develop](#develop) find them.\n"


def test_a_day_and_machine_are_told_once() -> None:
    text = trust(lambda name: FUZZED if name == "fuzz" else TABLE)
    assert text.startswith("Measured on a day on a machine.\n")
    assert text.count("a machine") == 1
    assert [line[4:] for line in text.splitlines() if line.startswith("###")] == [tried.title for tried in TRIED]


def test_another_day_is_told_where_it_counts() -> None:
    text = trust(
        lambda name: TABLE._replace(day="another day") if name == "soak" else None if name == "fuzz" else TABLE
    )
    assert text.startswith("Measured on a day on a machine, unless another day or machine is named.\n")
    assert text.count("Measured on another day on a machine. Again: `python -m tests.soak`") == 1


def test_short_runs_of_the_fuzzer_are_no_rows_of_their_own() -> None:
    together = ["2 for less than ten minutes each, together", "26", "1,007", "1"]
    assert ten_minutes(FUZZED).rows == [FUZZED.rows[0], together]
    assert ten_minutes(FUZZED._replace(rows=FUZZED.rows[:1])).rows == FUZZED.rows[:1]


def test_what_was_measured_is_kept_beside_what_was_before() -> None:
    new = TABLE._replace(day="today", rows=[["c | d", "new"], ["e", "f"]])
    both = joined(TABLE, new)
    assert (both.day, both.rows) == ("a day to today", [["a", "b"], ["c | d", "new"], ["e", "f"]])
    assert joined(both, new._replace(day="tomorrow")).day == "a day to tomorrow"
    # The same rows again, or another machine: nothing old is left.
    again = new._replace(rows=[["a", "1"], ["c | d", "2"]])
    assert joined(TABLE, again) == again
    assert joined(TABLE._replace(machine="another"), new) == new
