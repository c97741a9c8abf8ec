import pytest

from interventions import masking


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("+919876543210", "+91 ••••• 3210"),
        ("09876543210", "••••• 3210"),
        ("12345", "•••••"),
        ("", ""),
        ("asha.rao@example.com", "a•••••@example.com"),
        ("@example.com", "•••••"),
        ("asha@", "•••••"),
    ],
)
def test_address_shows_its_owner_which_it_is_and_nobody_else(address: str, shown: str) -> None:
    assert masking.address(address) == shown


@pytest.mark.parametrize(
    ("said", "shown"), [(30003, "30003"), ("21610", "21610"), ("9876543210", "•••••"), (None, "•••••")]
)
def test_code_is_one_or_is_hidden(said: object, shown: str) -> None:
    assert masking.code(said) == shown
