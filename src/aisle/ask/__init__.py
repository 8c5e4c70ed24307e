"""Questions in plain words about a shop, answered from its own ledger by SQL that is shown."""
