-- Envoy's Lua filter for routes that flagsvc hands out: says which bucket a request's unit falls into.
-- The route's metadata under the filter's name has `salt`, `unit_header`, and "=UNIT" for each unit that is listed.
-- seed = murmur3_x86_32(salt, 0); bucket = murmur3_x86_32(unit, seed) * 100000 >> 32; no unit, no bucket: stable.

local bit = require("bit")
local band, bor, bxor = bit.band, bit.bor, bit.bxor
local lshift, rshift, rol = bit.lshift, bit.rshift, bit.rol

local BUCKET, LISTED = "x-cohort-bucket", "x-cohort-listed"
local MAX_UNIT = 512

-- a * b modulo 2^32: numbers are doubles, so the product is made of halves of 16 bits
local function times(a, b)
  local high, low = rshift(a, 16), band(a, 0xffff)
  return bit.tobit(low * b % 4294967296 + lshift(band(high * b, 0xffff), 16) % 4294967296)
end

local function scrambled(k)
  return times(rol(times(k, 0xcc9e2d51), 15), 0x1b873593)
end

-- Austin Appleby's MurmurHash3_x86_32 over the bytes of a text; the result is unsigned
local function murmur3(text, seed)
  local length, h = #text, bit.tobit(seed)
  local whole = length - length % 4
  for i = 1, whole, 4 do
    local a, b, c, d = text:byte(i, i + 3)
    h = bxor(h, scrambled(bor(a, lshift(b, 8), lshift(c, 16), lshift(d, 24))))
    h = bit.tobit(times(rol(h, 13), 5) + 0xe6546b64)
  end
  if length > whole then
    local a, b, c = text:byte(whole + 1, length)
    h = bxor(h, scrambled(bor(a, lshift(b or 0, 8), lshift(c or 0, 16))))
  end
  h = bxor(h, length)
  h = times(bxor(h, rshift(h, 16)), 0x85ebca6b)
  h = times(bxor(h, rshift(h, 13)), 0xc2b2ae35)
  return bxor(h, rshift(h, 16)) % 4294967296
end

-- the length of the character that begins at `i` in UTF-8 (RFC 3629, section 4), nil where there is none
local FIRST = {
  { 0x00, 0x7f, 1, 0, 0 },
  { 0xc2, 0xdf, 2, 0x80, 0xbf },
  { 0xe0, 0xe0, 3, 0xa0, 0xbf },
  { 0xe1, 0xec, 3, 0x80, 0xbf },
  { 0xed, 0xed, 3, 0x80, 0x9f },
  { 0xee, 0xef, 3, 0x80, 0xbf },
  { 0xf0, 0xf0, 4, 0x90, 0xbf },
  { 0xf1, 0xf3, 4, 0x80, 0xbf },
  { 0xf4, 0xf4, 4, 0x80, 0x8f },
}

local function character(text, i)
  local first, second, third, fourth = text:byte(i, i + 3)
  for _, row in ipairs(FIRST) do
    if first >= row[1] and first <= row[2] then
      local rest = { second, third, fourth }
      for n = 1, row[3] - 1 do
        local low, high = 0x80, 0xbf
        if n == 1 then low, high = row[4], row[5] end
        if not rest[n] or rest[n] < low or rest[n] > high then return nil end
      end
      return row[3]
    end
  end
  return nil
end

local function is_utf8(text)
  if not text:find("[\128-\255]") then return true end
  local i = 1
  while i <= #text do
    local length = character(text, i)
    if not length then return false end
    i = i + length
  end
  return true
end

local seeds, known = {}, 0

local function seed_of(salt)
  local seed = seeds[salt]
  if not seed then
    if known >= 1000 then seeds, known = {}, 0 end
    seed = murmur3(salt, 0)
    seeds[salt], known = seed, known + 1
  end
  return seed
end

function bucket_of(salt, unit)
  return math.floor(murmur3(unit, seed_of(salt)) * 100000 / 4294967296)
end

local function unit_in(headers, name)
  local values = headers:getNumValues(name)
  if values == 0 then return nil end
  local unit = headers:getAtIndex(name, values - 1):match("^[ \t]*(.-)[ \t]*$")   -- the last one, as the service has it
  if unit == "" or #unit > MAX_UNIT or not is_utf8(unit) then return nil end
  return unit
end

function envoy_on_request(handle)
  local headers = handle:headers()
  headers:remove(BUCKET)
  headers:remove(LISTED)
  local metadata = handle:metadata()
  local salt = metadata:get("salt")
  if not salt then return end
  local unit = unit_in(headers, metadata:get("unit_header") or "x-user-id")
  if not unit then return end
  local listed = metadata:get("=" .. unit)
  if listed then
    headers:replace(LISTED, listed)
  else
    headers:replace(BUCKET, tostring(bucket_of(salt, unit)))
  end
end
