"""Text to speech without a network, so that staff hear a spoken message before a customer does.

espeak-ng is a C library: it speaks in a process of its own, so that nothing it does takes the web process with it.
"""

import subprocess
import sys
from pathlib import Path

TIMEOUT_SECONDS = 10.0
LONGEST_TEXT = 2_000
VOICES = {"en": "en", "hi": "hi"}
_SPEAKER = Path(__file__).with_name("speaker.py")


class SpeechUnavailable(Exception):
    """Nothing could be spoken; the text can still be read."""


def wav(*, text: str, language: str) -> bytes:
    """A text as sound: a WAV file, mono, 16 bit.

    Args:
        text: at most 2,000 letters are spoken.
        language: of the text; one without a voice is read as English.

    Raises:
        SpeechUnavailable: the library is missing, crashed, took too long, or was silent.
    """
    command = [sys.executable, "-I", str(_SPEAKER), VOICES.get(language, VOICES["en"])]
    try:
        done = subprocess.run(  # noqa: S603 - our own program; the text goes in by its standard input
            command,
            input=text[:LONGEST_TEXT].encode(),
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        raise SpeechUnavailable("Speaking took too long") from error
    except (OSError, subprocess.CalledProcessError) as error:
        raise SpeechUnavailable(f"Speaking failed: {type(error).__name__}") from error
    if not done.stdout.startswith(b"RIFF"):
        raise SpeechUnavailable("Nothing was spoken")
    return done.stdout
