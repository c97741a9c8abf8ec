"""The risk queue: its pages, and what readers do with them: saved views, steps for many customers, files."""
