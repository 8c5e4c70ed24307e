"""Classification: an encoder with dense layers on top, trained together; predicted with neither torch nor labels."""
