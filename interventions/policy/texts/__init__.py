"""Texts that are shipped as drafts. A pack that was released is never changed: what is better is a new pack."""
