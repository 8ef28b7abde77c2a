"""What the pages of accounts and of the audit trail are made of."""
