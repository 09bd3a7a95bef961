"""Photos of patients: drawn anew so that only pixels stay, and kept outside everything served as files."""
