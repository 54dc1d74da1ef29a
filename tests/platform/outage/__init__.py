"""A small site on the real platform, served by the real server, whose database the tests stop and start."""
