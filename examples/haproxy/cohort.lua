-- Asks flagsvc for the cohort of a request, through the listener "ask" of asked.cfg, which keeps the time limits.
-- Sets txn.cohort, txn.signed (for the backend) and txn.unit_cookie (for the client); none of them without a decision.

local URL = "http://127.0.0.1:8082/traffic/v1/production/checkout/decide"
local LAST_RESORT = 1000 -- milliseconds; "ask" has answered long before

-- What belongs to one connection or to the body, which is not sent along.
local OWN = {
  ["connection"] = true, ["content-length"] = true, ["expect"] = true, ["host"] = true, ["keep-alive"] = true,
  ["te"] = true, ["trailer"] = true, ["transfer-encoding"] = true, ["upgrade"] = true,
}

local function question(txn)
  local headers = {}
  for name, values in pairs(txn.http:req_get_headers()) do
    if not OWN[name] then headers[name] = values end
  end
  headers["x-forwarded-host"] = {txn.f:req_fhdr("host")}
  headers["x-original-method"] = {txn.f:method()}
  headers["x-original-uri"] = {txn.f:pathq()}
  return headers
end

local function first(answer, name)
  local values = answer.headers and answer.headers[name]
  return values and values[0]
end

core.register_action("ask_cohort", {"http-req"}, function(txn)
  local answer = core.httpclient():get{url = URL, headers = question(txn), timeout = LAST_RESORT}
  if not answer or answer.status ~= 200 then return end
  for variable, name in pairs({cohort = "x-cohort", signed = "x-flagsvc-cohort", unit_cookie = "set-cookie"}) do
    local value = first(answer, name)
    if value then txn:set_var("txn." .. variable, value) end
  end
end, 0)
