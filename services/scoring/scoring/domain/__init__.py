"""What a text says, computed from the text alone: no storage, no network, no clock."""
