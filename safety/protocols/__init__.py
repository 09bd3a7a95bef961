"""What the clinic's medical director signed: clinical data files, read, checked and resolved."""
