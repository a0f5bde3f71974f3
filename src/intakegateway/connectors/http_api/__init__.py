"""REST APIs: the protocol as pure code (calls, pages, sign-in, cursors), and a short driver with httpx."""
