"""The client API: what people's apps speak."""
