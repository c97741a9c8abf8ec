"""Merkle trees: the tree of RFC 6962, and paths that prove one leaf at one place in one tree only."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import merkle
from audit.checkpoints import Tree, path_from

trees = st.integers(1, 70).map(lambda count: [merkle.leaf_hash(bytes([each])) for each in range(count)])


def by_the_book(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, as it is written there: split at the largest power of two below the size."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\x01" + by_the_book(leaves[:split]) + by_the_book(leaves[split:])).digest()


@given(leaves=trees)
def test_root_is_that_of_the_rfc(leaves: list[bytes]) -> None:
    assert merkle.root(leaves) == by_the_book(leaves)


@given(leaves=trees, data=st.data())
def test_path_leads_from_its_leaf_to_the_root(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))

    found = merkle.root_of_path(
        leaf=leaves[index], index=index, count=len(leaves), path=merkle.path(leaves, index)
    )

    assert found == merkle.root(leaves)


@given(leaves=trees, data=st.data())
def test_path_proves_no_other_leaf_and_no_other_place(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    other = data.draw(
        st.integers(0, len(leaves) - 1).filter(lambda each: each != index) if len(leaves) > 1 else st.just(-1)
    )
    path = merkle.path(leaves, index)
    strange = merkle.leaf_hash(b"strange")

    assert merkle.root_of_path(leaf=strange, index=index, count=len(leaves), path=path) != merkle.root(leaves)
    assert merkle.root_of_path(leaf=leaves[index], index=other, count=len(leaves), path=path) != merkle.root(
        leaves
    )


def test_path_of_another_length_proves_nothing() -> None:
    leaves = [merkle.leaf_hash(bytes([each])) for each in range(5)]
    path = merkle.path(leaves, 1)

    assert merkle.root_of_path(leaf=leaves[1], index=1, count=5, path=path[:-1]) is None
    assert merkle.root_of_path(leaf=leaves[1], index=1, count=5, path=[*path, path[0]]) is None


def test_no_leaves_have_the_root_of_the_rfc_and_no_path() -> None:
    assert merkle.root([]) == sha256(b"").digest()
    with pytest.raises(IndexError):
        merkle.path([], 0)


@given(count=st.integers(1, 70), data=st.data())
def test_path_from_a_smaller_tree_is_the_path_in_the_whole(count: int, data: st.DataObject) -> None:
    contents = [bytes([each]) for each in range(count)]
    index = data.draw(st.integers(0, count - 1))
    start = Tree()
    for content in contents[: data.draw(st.integers(0, index))]:
        start.add(content)

    found = path_from(start, contents[start.size :], index)

    assert found == merkle.path([merkle.leaf_hash(each) for each in contents], index)


@pytest.mark.parametrize("index", [1, 5])
def test_there_is_no_path_of_a_leaf_that_is_not_among_those_added(index: int) -> None:
    start = Tree()
    for content in (b"a", b"b"):
        start.add(content)

    with pytest.raises(IndexError):
        path_from(start, [b"c", b"d", b"e"], index)
