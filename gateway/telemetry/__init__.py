"""What the hub tells about itself: logs here; health and metrics are served by `ocrm_api` from its
statistics.
"""
