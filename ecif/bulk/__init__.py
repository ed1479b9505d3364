"""The declared match model on Splink, for more records than one process should look at one by one."""
