"""A shop as its owner sees it: built, searched, completed, kept."""
