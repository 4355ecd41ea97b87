"""How fast, measured side by side in one run: ratios of processor time, since absolute times move with the neighbours."""
