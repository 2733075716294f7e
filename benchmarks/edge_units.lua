-- For wrk: each request is that of a user drawn from ten thousand.
local USERS = 10000
local requests = {}

function init()
  for number = 1, USERS do
    requests[number] = wrk.format("GET", "/", {["X-User-Id"] = "user-" .. number})
  end
end

function request()
  return requests[math.random(USERS)]
end
