"""Two runs side by side."""

from exchange.domain.run_comparison import Moved, OfNation, Placed, compare

BEFORE = (
    Placed(1, 10, "FR", 0.5),
    Placed(2, 20, "FR", 0.75),
    Placed(3, 30, "DE", 0.25),
)
AFTER = (
    Placed(1, 10, "FR", 0.5),
    Placed(2, 30, "FR", 0.25),
    Placed(4, 20, "GR", 1.0),
)


def test_everybody_who_is_placed_otherwise_is_named_once() -> None:
    found = compare(BEFORE, AFTER)
    assert found.same == 1
    assert found.moved == (Moved(2, "FR", 20, 30, 0.75, 0.25),)
    assert found.gained == (Moved(4, "GR", None, 20, None, 1.0),)
    assert found.lost == (Moved(3, "DE", 30, None, 0.25, None),)


def test_nations_say_how_their_students_fare() -> None:
    assert compare(BEFORE, AFTER).nations == (
        OfNation("DE", 1, 0, 0, 0, 1, 0.25, None),
        OfNation("FR", 2, 2, 1, 0, 0, 0.625, 0.375),
        OfNation("GR", 0, 1, 0, 1, 0, None, 1.0),
    )


def test_run_compared_with_itself_has_no_differences() -> None:
    found = compare(BEFORE, BEFORE)
    assert (found.same, found.moved, found.gained, found.lost) == (3, (), (), ())
    assert compare((), ()).nations == ()
