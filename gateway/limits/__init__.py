"""Small limits, each one thing. None waits in a loop and none knows a socket; numbers come from conf."""
