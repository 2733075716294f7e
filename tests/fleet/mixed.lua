-- What wrk asks for, in turn: mostly cohorts for load balancers, sometimes a flag over OFREP, sometimes a page of the
-- admin API. Arguments: an SDK token, an admin token.
local requests, turn = {}, 0

local function decide(unit)
  return wrk.format("GET", "/traffic/v1/production/checkout/decide", { ["X-User-Id"] = "user-" .. unit })
end

local function evaluate(token, unit)
  local headers = { ["Authorization"] = "Bearer " .. token, ["Content-Type"] = "application/json" }
  return wrk.format("POST", "/ofrep/v1/evaluate/flags/steady", headers, '{"context":{"targetingKey":"user-' .. unit .. '"}}')
end

local function page(token)
  return wrk.format("GET", "/api/v1/flags?limit=10", { ["Authorization"] = "Bearer " .. token })
end

function init(arguments)
  for unit = 1, 200 do
    local kind = unit % 20
    if kind == 0 then
      requests[unit] = page(arguments[2])
    elseif kind % 5 == 0 then
      requests[unit] = evaluate(arguments[1], unit)
    else
      requests[unit] = decide(unit)
    end
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end
