"""The sample shop: an invented grocery catalogue and simulated shoppers whose true intent is known."""
