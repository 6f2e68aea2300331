"""What reaches open pages by itself, and what devices send: outside Django's pages, behind the same rights."""
