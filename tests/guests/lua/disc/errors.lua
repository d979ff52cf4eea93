-- SPDX-License-Identifier: BSD-3-Clause
-- Errors: pcall, xpcall, error objects, messages with names and lines.
local check = ...

print(pcall(error, "plain"))
print(pcall(error, "with level 0", 0))
print(pcall(function() error("in a function") end))
print(pcall(function() local t = {}; t.x.y = 1 end))
print(pcall(function() return 1 + {} end))
print(pcall(function() return #5 end))
print(pcall(function() return {} < {} end))
print(pcall(function() undefined_function() end))
print(pcall(string.rep))
print(pcall(string.format, "%d", 1.5))
print(pcall(setmetatable, 1, {}))
print(select("#", pcall(error)))
print(xpcall(function() error({ code = 42 }) end, function(e) return "handled " .. e.code end))
print(xpcall(function(...) return select("#", ...) end, print, 1, 2, 3))
local object = setmetatable({}, { __tostring = function() return "an error object" end })
print(tostring(select(2, pcall(error, object))))
local function deep(n) return n == 0 and error("deep") or 1 + deep(n - 1) end
print(pcall(deep, 50))
local function forever() return (("a"):gsub("a", forever)) end
local ok, message = pcall(forever)
print(ok, message:match("C stack overflow"))
print(pcall(assert, false, "asserted"), pcall(assert, nil))
print(pcall(assert, 1, 2, 3))
check("nested", (function()
    local ok1, e1 = pcall(function()
        local ok2, e2 = pcall(error, "inner", 0)
        error(e2 .. " outer", 0)
    end)
    return not ok1 and e1 == "inner outer"
end)())
print((debug.traceback("trace", 1):gsub("\n.*", "")))
