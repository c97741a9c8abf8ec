"""The texts of the screens and their translations: collected from the sources, and compiled for Django."""
