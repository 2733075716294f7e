"""How to reach a Redis, however it is run: one server, Sentinel, or Cluster. The service's side uses it, too."""

from flagsdk.redis_link.address import RedisAddress, parse

__all__ = ["RedisAddress", "parse"]
