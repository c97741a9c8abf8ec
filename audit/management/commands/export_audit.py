"""`manage.py export_audit`: the audit as files, for whoever verifies it elsewhere."""

import datetime as dt
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.files.storage import storages
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from audit import reading
from audit.checkpointing import STORAGE, all_outside
from audit.sealed_rows import row_to_json, unsealed_to_json
from audit.services import record
from audit.verify import EXPORT_TAG


class Command(BaseCommand):
    """Write every sealed row, what is not sealed yet, and copies of the checkpoints.

    Without `--personal` the personal parts stay here; their commitments are in the rows.
    """

    help = "Export the audit for verification by audit/verify.py, which needs no database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--out", type=Path, required=True, help="a folder that does not exist yet")
        parser.add_argument(
            "--personal", action="store_true", help="with the personal parts: handle with care"
        )

    def handle(self, *args: Any, out: Path, personal: bool, **options: Any) -> None:
        try:
            out.mkdir(parents=True)
        except FileExistsError as error:
            raise CommandError(f"{out} exists; name a new folder.") from error
        record(
            action="audit.log.exported",
            subject_type="audit",
            subject_id="log",
            detail={"personal": personal},
        )
        # Before the rows: whatever these were signed over is then among them.
        for name, text in all_outside(storages[STORAGE]):
            copy = out / "checkpoints" / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(text)
        with connection.cursor() as cursor:
            rows = _write_rows(cursor, out, personal=personal)
            with (out / "unsealed.jsonl").open("w") as file:
                file.writelines(f"{unsealed_to_json(each)}\n" for each in reading.unsealed(cursor))
        manifest = {
            "format": EXPORT_TAG,
            "exported_at": dt.datetime.now(dt.UTC).isoformat(),
            "rows": rows,
            "personal": personal,
        }
        (out / "manifest.json").write_text(json.dumps(manifest) + "\n")
        self.stdout.write(f"{rows} sealed rows are in {out}.")


def _write_rows(cursor: Any, out: Path, *, personal: bool) -> int:
    count = 0
    with (out / "rows.jsonl").open("w") as file:
        for row in reading.sealed_rows(cursor):
            file.write(row_to_json(row if personal else row._replace(personal=None)))
            file.write("\n")
            count += 1
    return count
