"""Bring the catalogues in line with the sources and compile them; say what has no words yet."""

import sys

from django.conf import settings

from catalogue import texts


def main() -> int:
    """Exits with 1 where words are missing."""
    settings.configure(USE_I18N=True)
    missing = [line for language in texts.LANGUAGES for line in texts.untranslated(texts.update(language))]
    for line in missing:
        print(f"no words yet: {line}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    raise SystemExit(main())
