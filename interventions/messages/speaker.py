"""Speaks its standard input as a WAV file on its standard output: `python speaker.py VOICE < text > file.wav`.

A program by itself, without Django: `speech.py` runs it. Everything here is espeak-ng's C interface.
Source: https://github.com/espeak-ng/espeak-ng/blob/master/src/include/espeak-ng/speak_lib.h
"""

import ctypes
import os
import sys
import wave

import espeakng_loader

SYNCHRONOUS = 2
UTF8 = 1
NO_ERROR = 0
_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)


def spoken(text: bytes, voice: str) -> tuple[bytes, int]:
    """Samples of 16 bit, and how many of them a second has.

    Raises:
        RuntimeError: the library refuses.
    """
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    data = espeakng_loader.get_data_path().encode()
    rate = library.espeak_Initialize(SYNCHRONOUS, 0, data, 0)
    if rate <= 0:
        raise RuntimeError("espeak-ng does not begin")
    if library.espeak_SetVoiceByName(voice.encode()) != NO_ERROR:
        raise RuntimeError(f"espeak-ng has no voice {voice}")
    heard = bytearray()

    def hear(samples: int | None, count: int, _events: int | None) -> int:
        if samples is not None and count > 0:
            heard.extend(ctypes.string_at(samples, 2 * count))
        return 0

    # Kept by its name, since the library calls it as long as it speaks.
    callback = _Callback(hear)
    library.espeak_SetSynthCallback(callback)
    said = library.espeak_Synth(text, len(text) + 1, 0, 0, 0, UTF8, None, None)
    if said != NO_ERROR or library.espeak_Synchronize() != NO_ERROR:
        raise RuntimeError("espeak-ng does not speak")
    return bytes(heard), rate


def main() -> None:
    """Read, speak, write."""
    text = sys.stdin.buffer.read().replace(b"\0", b" ")
    samples, rate = spoken(text, sys.argv[1])
    with wave.open(sys.stdout.buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.setnframes(len(samples) // 2)
        file.writeframes(samples)
    sys.stdout.flush()
    # The library's own end has been seen to crash after all was done.
    os._exit(0)


if __name__ == "__main__":
    main()
