"""Calls to FI of the ministries' network (RIE), asked for from the Internet and made from there.

The two sides share a Redis and nothing else. The Internet side lays down a sealed order (``asking``); a process on the
RIE side takes it, makes the call if its destination is on its list, and answers (``answering``).
"""
