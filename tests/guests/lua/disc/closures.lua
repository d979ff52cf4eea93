-- SPDX-License-Identifier: BSD-3-Clause
-- Closures, varargs, goto, to-be-closed variables.
local check = ...

local function counter(step)
    local n = 0
    return function() n = n + step return n end, function() return n end
end
local up, look = counter(3)
up() up()
print(up(), look())

local functions = {}
for i = 1, 3 do
    functions[i] = function(...) return i, select("#", ...), ... end
end
print(functions[2]("a", nil))

local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
print(fib(20))
local function tail(n, a) if n == 0 then return a end return tail(n - 1, a + n) end
print(tail(100000, 0))

local function compose(...)
    local fs = { ... }
    return function(x) for i = #fs, 1, -1 do x = fs[i](x) end return x end
end
print(compose(function(x) return x + 1 end, function(x) return x * 2 end)(10))

for i = 1, 3 do
    for j = 1, 3 do
        if j == 2 then goto continue end
        io.write(i, ":", j, " ")
        ::continue::
    end
end
print()
do
    local a <close> = setmetatable({}, { __close = function() print("closed a") end })
    local b <close> = setmetatable({}, { __close = function() print("closed b") end })
    local c <const> = 5
    print("in the block", c)
end
check("upvalues are shared", look() == 9)
print(load("return 6 * 7")(), load("syntax error here"))
print(#string.dump(function() return 1 end) > 10, load(string.dump(function(x) return x + 1 end))(41))
