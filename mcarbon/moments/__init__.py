"""Which moments exist, as far as inputs and formulas prove it: no draw is needed, but where inputs are shared."""
