-- The bucket of a unit, as flagsvc and its SDKs compute it: MurmurHash3 x86 32-bit over 100 000 buckets.
--
-- Converter lua.murmur3_bucket: "SALT:UNIT" -> an integer from 0 to 99999, or no value where there is no unit: empty,
-- longer than 512 bytes, or not UTF-8. SALT is percent-encoded, as the router "haproxy-map" writes it, so the first ":"
-- ends it; UNIT is everything behind that, byte for byte.
--
--   global
--     lua-load-per-thread bucket.lua
--
-- Needs Lua 5.3 or newer (64-bit integers); every product is cut to 32 bits.

local MASK = 0xffffffff
local BUCKETS = 100000
local MAX_UNIT_BYTES = 512
local MAX_SEEDS = 1000

local function rotated(word, bits)
  return ((word << bits) | (word >> (32 - bits))) & MASK
end

local function scrambled(word)
  return (rotated((word * 0xcc9e2d51) & MASK, 15) * 0x1b873593) & MASK
end

local function finished(hash)
  hash = ((hash ~ (hash >> 16)) * 0x85ebca6b) & MASK
  hash = ((hash ~ (hash >> 13)) * 0xc2b2ae35) & MASK
  return hash ~ (hash >> 16)
end

local function murmur3(text, seed)
  local hash, length = seed, #text
  local whole = length - length % 4
  for place = 1, whole, 4 do
    hash = rotated(hash ~ scrambled(string.unpack("<I4", text, place)), 13)
    hash = (hash * 5 + 0xe6546b64) & MASK
  end
  if whole < length then
    hash = hash ~ scrambled(string.unpack("<I" .. (length - whole), text, whole + 1))
  end
  return finished(hash ~ length)
end

local function decoded(salt)
  return (salt:gsub("%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end))
end

local seeds, kept = {}, 0

local function seed_of(salt)
  local seed = seeds[salt]
  if not seed then
    if kept >= MAX_SEEDS then seeds, kept = {}, 0 end
    seed = murmur3(decoded(salt), 0)
    seeds[salt], kept = seed, kept + 1
  end
  return seed
end

-- utf8.len of Lua 5.3 lets halves of surrogate pairs pass; no UTF-8 has them (RFC 3629, section 3).
local function is_unit(text)
  return #text > 0 and #text <= MAX_UNIT_BYTES and utf8.len(text) and not text:find("\xed[\xa0-\xbf]")
end

core.register_converters("murmur3_bucket", function(salted)
  local cut = salted:find(":", 1, true)
  local unit = cut and salted:sub(cut + 1)
  if not unit or not is_unit(unit) then
    return -- nothing at all: nil would become a false, and that a bucket 0
  end
  return (murmur3(unit, seed_of(salted:sub(1, cut - 1))) * BUCKETS) >> 32
end)
