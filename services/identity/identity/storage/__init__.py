"""What identity keeps: members, brands, roles, sessions, keys, invitations, and the key that signs tokens."""
