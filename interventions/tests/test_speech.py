"""Spoken messages: real sound, and no harm where the library breaks."""

import array
import io
import subprocess
import sys
import wave
from pathlib import Path

import pytest

from interventions.messages import speaker, speech
from interventions.messages.speech import SpeechUnavailable, wav

ENGLISH = "Dear Asha, your instalment is due in five days. We are there for you."
HINDI = "प्रिय आशा, आपकी किस्त पाँच दिन में देय है। हम आपके साथ हैं।"


def heard(sound: bytes) -> tuple[float, int]:
    """Seconds, and the loudest sample."""
    with wave.open(io.BytesIO(sound)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        samples = array.array("h", file.readframes(file.getnframes()))
        return len(samples) / file.getframerate(), max(map(abs, samples), default=0)


@pytest.mark.parametrize(
    ("text", "language"), [(ENGLISH, "en"), (HINDI, "hi"), ("வணக்கம் hello", "ta"), ("-x; $(touch a)\0b", "en")]
)
def test_words_become_sound(text: str, language: str) -> None:
    seconds, loudest = heard(wav(text=text, language=language))

    assert 0.3 < seconds < 30
    assert loudest > 3_000


def test_languages_sound_different() -> None:
    assert wav(text=HINDI, language="hi") != wav(text=HINDI, language="en")


def test_long_text_is_cut() -> None:
    seconds, _loudest = heard(wav(text="word " * 1_000, language="en"))

    assert seconds < 300


PROGRAMS = {
    "crashes": "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
    "is silent": "",
    "hangs": "import time; time.sleep(60)",
    "fails": "raise SystemExit(3)",
}


@pytest.mark.parametrize("what", PROGRAMS)
def test_library_that_breaks_takes_nobody_with_it(
    what: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "speaker.py"
    program.write_text(PROGRAMS[what])
    monkeypatch.setattr(speech, "_SPEAKER", program)
    monkeypatch.setattr(speech, "TIMEOUT_SECONDS", 0.5 if what == "hangs" else 10.0)

    with pytest.raises(SpeechUnavailable):
        wav(text=ENGLISH, language="en")


def test_voice_that_does_not_exist_is_refused() -> None:
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-I", str(Path(speaker.__file__)), "nobody"],
        input=b"qapla",
        capture_output=True,
        check=False,
    )

    assert done.returncode == 1
    assert b"has no voice nobody" in done.stderr
