"""The shop: its products, its events, its ledger and its versions."""
