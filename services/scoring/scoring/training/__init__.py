"""How the committed weights are made: what `huiying train` runs.

It needs SciPy, which the running service does not, and labelled texts that are not in this repository.
"""
