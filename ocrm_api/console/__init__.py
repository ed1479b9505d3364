"""The console at /console/: pages for staff, made on the server; no script or style is anybody else's."""
