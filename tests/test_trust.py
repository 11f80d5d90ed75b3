"""What the README tells of long runs: all that was kept, and no more. Cells are letters here."""

from tests.measured import Measured
from tests.trust import TRIED, trust

TABLE = Measured("a day", "a machine", ["x", "y"], [["a", "b"], ["c | d", ""]])


def test_what_was_never_run_is_left_out() -> None:
    text = trust(lambda name: TABLE if name == "soak" else None)
    assert "### Load" in text
    assert text.count("###") == 1
    assert text.endswith("| x | y |\n| --- | --- |\n| a | b |\n| c &#124; d |  |\n")


def test_nothing_was_kept() -> None:
    assert trust(lambda name: None) == "No figures are kept yet; the commands under [Develop](#develop) find them.\n"


def test_a_day_and_machine_are_told_once() -> None:
    text = trust(lambda name: TABLE)
    assert text.startswith("Measured on a day on a machine.\n")
    assert text.count("a machine") == 1
    assert [line[4:] for line in text.splitlines() if line.startswith("###")] == [tried.title for tried in TRIED]


def test_another_day_is_told_where_it_counts() -> None:
    text = trust(lambda name: TABLE._replace(day="another day") if name == "fuzz" else TABLE)
    assert text.startswith("Measured on a day on a machine, unless another day or machine is named.\n")
    assert text.count("Measured on another day on a machine. Again: `python -m tests.fuzz`") == 1
