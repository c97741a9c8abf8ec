"""From an approved text to the words a customer reads or hears."""
