"""What routers are told and what they answer, and how a binding is brought about: values in, values out."""
