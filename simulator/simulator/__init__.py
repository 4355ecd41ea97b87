"""Platforms that we do not own, played by ourselves: they sign, answer, echo and misbehave as the real ones do.

Everything here is written from the platforms' own documents and imports nothing of the product, so that the two can
only agree by both being right. `simulator.facade` is the way in.
"""
