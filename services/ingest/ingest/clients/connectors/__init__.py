"""One connector per platform: what it sends us, put into our words; what we answer, put into its words.

A connector is pure but for `send`: it reads no clock, no database and no settings. `table` lists them all.
"""
