"""The parts of the page 台账与数据, in the order in which a ledger passes them."""
