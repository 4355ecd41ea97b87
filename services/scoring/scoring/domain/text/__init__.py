"""Texts as everything else reads them: their language, their letters, their words."""
