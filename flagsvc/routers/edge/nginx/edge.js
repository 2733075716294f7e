// flagsvc's edge module for nginx (njs 0.7.9 or later): which backend a unit belongs to, by the allocation that flagsvc
// wrote and nginx loaded with js_preload_object. One name says which: the variable $flagsvc_split. The unit is the
// variable $flagsvc_unit, as bytes: what is not UTF-8 is no unit.
import crypto from 'crypto';

const utf8 = new TextDecoder('utf-8', {fatal: true});

function multiplied(a, b) {
  return Math.imul(a, b) >>> 0;
}

function rotated(word, bits) {
  return ((word << bits) | (word >>> (32 - bits))) >>> 0;
}

function mixed(block) {
  return multiplied(rotated(multiplied(block, 0xcc9e2d51), 15), 0x1b873593);
}

// MurmurHash3 x86 32-bit of bytes, unsigned.
function murmur3(bytes, seed) {
  const whole = bytes.length - bytes.length % 4;
  let state = seed;
  for (let at = 0; at < whole; at += 4) {
    state = rotated((state ^ mixed(bytes.readUInt32LE(at))) >>> 0, 13);
    state = (multiplied(state, 5) + 0xe6546b64) >>> 0;
  }
  let rest = 0;
  for (let at = bytes.length - 1; at >= whole; at--) {
    rest = (rest << 8 | bytes[at]) >>> 0;
  }
  state = (state ^ mixed(rest) ^ bytes.length) >>> 0;
  state = multiplied(state ^ state >>> 16, 0x85ebca6b);
  state = multiplied(state ^ state >>> 13, 0xc2b2ae35);
  return (state ^ state >>> 16) >>> 0;
}

// Exact: hash times space stays below 2^53.
function bucket(told, bytes) {
  return Math.floor(murmur3(bytes, murmur3(Buffer.from(told.salt), 0)) * told.space / 4294967296);
}

// The ranges are in order and cover everything: the first one that ends above the bucket holds it.
function owner(allocation, place) {
  let low = 0;
  let high = allocation.length - 1;
  while (low < high) {
    const middle = low + high >> 1;
    if (place < allocation[middle][2]) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return allocation[low][0];
}

function decoded(bytes) {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    return '';
  }
}

// Preloaded objects are shared and bare: what is in them has no methods.
function allocation(r) {
  return globalThis[r.variables.flagsvc_split];
}

// For js_set: the backend of the request's unit; the listed ones first, without a unit stable, "" where nobody was told.
function cohort(r) {
  const told = allocation(r);
  if (!told || !told.allocation) {
    return '';
  }
  const bytes = r.rawVariables.flagsvc_unit;
  const unit = bytes && bytes.length ? decoded(bytes) : '';
  if (unit === '') {
    return told.stable;
  }
  if (Object.prototype.hasOwnProperty.call(told.forced, unit)) {
    return told.forced[unit];
  }
  return owner(told.allocation, bucket(told, bytes));
}

// For js_set: the backend that gets a copy of this request, or "". Drawn anew for each request, by its random id.
function mirror(r) {
  const told = allocation(r);
  if (!told || !told.mirror) {
    return '';
  }
  const drawn = parseInt(r.variables.request_id.slice(0, 8), 16);
  return drawn * 100000 < told.mirror.share * 4294967296 ? told.mirror.backend : '';
}

function ascii(text) {
  return !/[^ -~]/.test(text) ? text : text.replace(/[^ -~]/g, (letter) => {
    const code = letter.codePointAt(0);
    const units = code < 0x10000 ? [code] : [0xd800 + (code - 0x10000 >> 10), 0xdc00 + (code & 0x3ff)];
    return units.map((unit) => '\\u' + ('000' + unit.toString(16)).slice(-4)).join('');
  });
}

function written(value) {
  return ascii(JSON.stringify(value));
}

// The listed units as JSON, in the order of their bytes. Piece by piece, and sorted as hexadecimal digits: njs takes
// seconds for what it has to search through in a long text beyond ASCII, and nobody is served meanwhile.
function listed(forced) {
  const pairs = {};
  Object.keys(forced).forEach((unit) => {
    pairs[Buffer.from(unit).toString('hex')] = '[' + written(unit) + ',' + written(forced[unit]) + ']';
  });
  return '[' + Object.keys(pairs).sort().map((digits) => pairs[digits]).join(',') + ']';
}

// Fingerprint of all that decides, computed from what is loaded: as the service computes it from what it told.
function fingerprint(told) {
  const decisive = [told.salt, told.hash, told.space, told.allocation].map(written);
  const text = '[' + decisive.concat(listed(told.forced), written(told.stable)).join(',') + ']';
  return crypto.createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function weights(told) {
  const parts = {};
  told.backends.forEach((name) => {
    parts[name] = 0;
  });
  told.allocation.forEach((range) => {
    parts[range[0]] += Math.round((range[2] - range[1]) * 100000 / told.space);
  });
  return parts;
}

function facts(told) {
  try {
    return {table: fingerprint(told), weights: weights(told), mirror: told.mirror, revision: told.revision};
  } catch (error) {
    return {table: 'none: what is loaded has another form', weights: {}};
  }
}

// For js_content: what this very worker decides by. What somebody else has put there is no failure: it gets told anew.
function status(r) {
  const told = JSON.parse(JSON.stringify(allocation(r) || {}));
  r.headersOut['Content-Type'] = 'application/json';
  r.headersOut['Cache-Control'] = 'no-store';
  r.return(200, told.allocation ? written(facts(told)) : '{}');
}

export default {cohort, mirror, status};
