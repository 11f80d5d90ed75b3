"""``wsinspect show``: recordings rendered as a live connection is. The same words and views, and no network."""
