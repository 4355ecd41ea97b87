"""What an app can have itself told of a page."""

PAGE_FIELDS = frozenset({
    "feed", "mention", "messages", "messaging_postbacks", "messaging_referrals", "message_deliveries", "message_echoes",
    "message_edits", "message_reactions", "message_reads", "standby",
})  # fmt: skip
