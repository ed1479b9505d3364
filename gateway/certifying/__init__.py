"""Does a system do what its sheet says? The hub's side of the wire played against it, case by case."""
