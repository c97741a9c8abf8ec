"""What the active model says of everybody now."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from risk.levels import Level
from risk.model_page.figures import count, share
from risk.model_page.tables import Table, table
from risk.selectors import BandNow


def bands(found: Sequence[BandNow], *, currency: str) -> Table:
    """Customers by the model's band, and by how many it alone sets the level."""
    total = sum(each.customers for each in found)
    return table(
        _("What does it say of everybody now?"),
        (
            _("Band"),
            _("Customers"),
            _("Share"),
            _("Level set by the model alone"),
            _("Probability on average"),
        ),
        [
            (
                Level(each.band).label if each.band is not None else _("Does not speak of"),
                count(each.customers, currency),
                share(each.customers / total),
                count(each.raised, currency),
                share(each.mean_probability),
            )
            for each in found
        ],
    )
