"""Pure decisions at the borders: tables of small named rules, first refusal wins."""
