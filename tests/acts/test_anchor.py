"""The anchor file: keyed, whole after a torn write, never going back."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

import pytest

from remit.acts.anchor import Anchor, AnchorBroken, Head


def head(seq: int) -> Head:
    return Head(seq, f"{seq:064x}")


@pytest.fixture
def anchor(tmp_path: Path) -> Anchor:
    """An anchor that was never written."""
    return Anchor(tmp_path / "deep" / "audit.anchor", tmp_path / "keys" / "audit.key")


def again(anchor: Anchor) -> Anchor:
    """The same files, as another process opens them."""
    return Anchor(anchor.path, anchor.key_path)


def test_nothing_is_anchored_at_first(anchor: Anchor) -> None:
    assert anchor.read() is None


def test_the_newest_head_is_read_back(anchor: Anchor) -> None:
    for seq in range(1, 8):
        anchor.advance(head(seq))
        assert again(anchor).read() == head(seq)


def test_it_never_goes_back(anchor: Anchor) -> None:
    anchor.advance(head(7))
    assert anchor.advance(head(3)) == head(7)
    assert again(anchor).advance(head(3)) == head(7)


@pytest.mark.parametrize("place", [0, 1])
def test_a_torn_place_leaves_the_other(anchor: Anchor, place: int) -> None:
    for seq in (1, 2, 3):
        anchor.advance(head(seq))
    held = bytearray(anchor.path.read_bytes())
    held[place * 256 + 40 : place * 256 + 60] = b"\0" * 20
    anchor.path.write_bytes(bytes(held))
    standing = again(anchor).read()
    assert standing in (head(2), head(3))
    again(anchor).advance(head(4))
    assert again(anchor).read() == head(4)


def test_two_spoilt_places_are_an_error(anchor: Anchor) -> None:
    anchor.advance(head(1))
    anchor.path.write_bytes(b"\0" * 512)
    with pytest.raises(AnchorBroken, match="no place of the anchor"):
        again(anchor).read()


def test_the_key_is_its_owners_alone(anchor: Anchor) -> None:
    anchor.advance(head(1))
    assert anchor.key_path.stat().st_mode & 0o777 == 0o600
    anchor.key_path.chmod(0o640)
    with pytest.raises(AnchorBroken, match="others may read this key"):
        again(anchor).read()


def test_a_lost_key_is_not_replaced_where_something_is_anchored(anchor: Anchor) -> None:
    anchor.advance(head(1))
    anchor.key_path.unlink()
    with pytest.raises(AnchorBroken):
        again(anchor).read()


def test_many_at_once_leave_the_newest(anchor: Anchor) -> None:
    others = [again(anchor) for _ in range(3)]
    threads = [Thread(target=kept.advance, args=(head(seq),)) for seq in range(1, 40) for kept in (anchor, *others)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert again(anchor).read() == head(39)


def test_a_marked_restore_may_go_back(anchor: Anchor) -> None:
    anchor.advance(head(9))
    anchor.replace(head(4))
    assert again(anchor).read() == head(4)
    assert anchor.advance(head(5)) == head(5)
