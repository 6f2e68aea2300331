"""Template tags that pages share."""
