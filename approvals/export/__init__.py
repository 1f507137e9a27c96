"""The evidence pack of a version: one ZIP for auditors, with all that was asked, decided and logged, and how to check it offline."""
