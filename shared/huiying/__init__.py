"""What every Huiying service shares and none owns."""
