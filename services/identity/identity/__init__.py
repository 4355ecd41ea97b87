"""Who may come in: members, brands, roles, sessions, API keys, and the tokens that vouch for them."""
