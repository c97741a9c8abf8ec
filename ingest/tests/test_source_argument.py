"""The option --source takes plain words only, in every command that has it."""

import pytest
from django.core.management import CommandError, call_command

COMMANDS = ("consume_transactions", *(f"import_{kind} file.csv" for kind in ("customers", "transactions")))


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("source", ["", "x:5", "Cards", "cards\n", "s" * 33, "kärten", "a b"])
def test_source_that_is_no_plain_word_is_refused(command: str, source: str) -> None:
    with pytest.raises(CommandError, match="no name of a source"):
        call_command(*command.split(), f"--source={source}")
