"""The command `ecif`: one file a command group. Heavy imports stand inside the commands, so that help is
quick.
"""
