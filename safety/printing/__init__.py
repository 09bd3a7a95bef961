"""How paper is made: in a process of its own, from HTML alone."""
