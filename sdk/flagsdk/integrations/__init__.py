"""The SDK inside other frameworks: one module each, imported only when it is used, with an extra of the same name."""
