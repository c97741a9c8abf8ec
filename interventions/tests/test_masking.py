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
