"""What scoring remembers: so far nothing but where it stands."""
