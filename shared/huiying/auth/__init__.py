"""Who asks, what that principal may do, and for which brands. Everything is denied that is not granted here."""
