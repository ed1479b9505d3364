"""What a system that its sheet describes must do, a function a case."""
