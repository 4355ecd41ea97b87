"""How fast, measured side by side in one run: ratios of processor time, as absolute times move with the neighbours."""
