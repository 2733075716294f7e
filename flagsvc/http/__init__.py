"""HTTP: parse, one use case, render. Everything that knows Starlette or pydantic lives here."""
