"""Parts of /cause: what is asked, shares and gains, the factorial, what was enacted."""
