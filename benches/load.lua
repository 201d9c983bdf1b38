-- Asks a server one of the documents beside this file, for wrk:
--   wrk --threads 1 --connections 32 --duration 10 --latency --script benches/load.lua \
--     http://127.0.0.1:4000/graphql -- page.graphql '{"after": null}'
-- The variables, as JSON, may be left out.

function init(arguments)
  local name = arguments[1] or error("name a document in benches/documents")
  local file = assert(io.open("benches/documents/" .. name))
  local document = file:read("*a"):gsub('["\\]', "\\%0"):gsub("%s+", " ")
  file:close()
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  wrk.body = ('{"query": "%s", "variables": %s}'):format(document, arguments[2] or "{}")
end

-- An answer that tells of errors can have the status 200 too.
function response(status, headers, body)
  if status ~= 200 or body:find('"errors"', 1, true) then
    error("the server refused: " .. body)
  end
end
