"""How the committed weights are made: `python -m scoring.training --data DIR --out DIR`.

For developers only: it needs SciPy, which the running service does not, and labelled texts that are not in this
repository.
"""
