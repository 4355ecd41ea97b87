"""Noticing a crisis while it begins: counts of five minutes in, signals out. `detector.Detector` is the way in."""
