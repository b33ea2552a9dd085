"""The board between a solver and its supervisor."""

import pytest

from exchange.jobs.progress import MOST_POINTS, STAGES, Board, Failure, Place


def test_board_new_stands_at_the_start() -> None:
    board = Board()
    assert board.place() == Place("reading", 0.0, None)
    assert not board.is_cancelled()
    assert board.failure() is None


def test_board_stages_in_order_progress_never_falls() -> None:
    board = Board()
    seen = []
    for stage in STAGES:
        for part in (0.0, 0.5, 1.0):
            board.report(stage, part, 0.1)
            seen.append(board.place().fraction)
    assert seen == sorted(seen)
    assert seen[0] == 0.0
    assert seen[-1] == 1.0


@pytest.mark.parametrize(
    ("stage", "part", "expected"),
    [("coverage", 7.0, 0.30), ("diversity", -1.0, 0.30), ("unheard_of", 0.0, 0.0)],
)
def test_board_odd_report_is_taken_for_the_nearest_sense(
    stage: str, part: float, expected: float
) -> None:
    board = Board()
    board.report(stage, part, None)
    assert board.place().fraction == pytest.approx(expected)


def test_board_cancel_is_seen() -> None:
    board = Board()
    board.cancel()
    assert board.is_cancelled()


def test_board_failure_too_long_keeps_its_code() -> None:
    board = Board()
    board.fail("rules", {"rule": "pins"})
    assert board.failure() == Failure("rules", {"rule": "pins"})
    board.fail("rules", {"ids": ["x" * 32] * 1000})
    assert board.failure() == Failure("rules", {})


def test_board_keeps_how_the_gap_fell_by_stage_and_only_where_it_did() -> None:
    board = Board()
    board.report("coverage", 1.0, 0.0)
    for gap in (0.5, 0.5, 0.1):
        board.report("diversity", 0.5, gap)
    board.report("diversity", 1.0, None)
    board.report("fit", 0.1, 0.1)
    assert [(stage, gap) for _s, stage, gap in board.curve()] == [
        ("diversity", 0.5),
        ("diversity", 0.1),
        ("fit", 0.1),
    ]
    seconds = [one for one, _stage, _gap in board.curve()]
    assert seconds == sorted(seconds)
    assert seconds[0] >= 0.0


def test_board_keeps_a_bounded_number_of_points_and_both_ends() -> None:
    board = Board()
    for step in range(10_000):
        board.report("fit", 0.5, 1.0 / (step + 1))
        curve = board.curve()
        assert len(curve) <= MOST_POINTS
        assert curve[0][2] == 1.0
        assert curve[-1][2] == 1.0 / (step + 1)
    assert len(curve) > MOST_POINTS // 4
    board.fail("rules", {"rule": "pins"})
    assert board.curve() == curve
