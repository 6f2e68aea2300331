"""The pages: server-rendered, each calling acts and nothing below them."""
