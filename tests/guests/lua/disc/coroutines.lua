-- SPDX-License-Identifier: BSD-3-Clause
-- Coroutines: generators, errors inside, wrap, closing.
local check = ...

local function permutations(list, n)
    n = n or #list
    if n <= 1 then
        coroutine.yield(list)
    else
        for i = 1, n do
            list[n], list[i] = list[i], list[n]
            permutations(list, n - 1)
            list[n], list[i] = list[i], list[n]
        end
    end
end
for p in coroutine.wrap(function() permutations { "a", "b", "c" } end) do
    io.write(table.concat(p), " ")
end
print()

local co = coroutine.create(function(a, b)
    local c = coroutine.yield(a + b)
    local d, e = coroutine.yield(a + b + c)
    return a + b + c + d + e, "end"
end)
print(coroutine.resume(co, 1, 2))
print(coroutine.resume(co, 10))
print(coroutine.resume(co, 100, 1000))
print(coroutine.resume(co))
print(coroutine.status(co), coroutine.isyieldable(), select(2, coroutine.running()))

local bad = coroutine.create(function() local x = nil; return x.field end)
print(coroutine.resume(bad))
print(select(2, pcall(coroutine.wrap(function() error({ code = 7 }) end))).code)

local primes = {}
local function filter(p, source)
    return coroutine.wrap(function()
        while true do
            local n = source()
            if n % p ~= 0 then coroutine.yield(n) end
        end
    end)
end
local source = coroutine.wrap(function() for n = 2, math.huge do coroutine.yield(n) end end)
for _ = 1, 15 do
    local p = source()
    primes[#primes + 1] = p
    source = filter(p, source)
end
print(table.concat(primes, " "))
local closing = coroutine.create(function()
    local x <close> = setmetatable({}, { __close = function() print("closed in a coroutine") end })
    coroutine.yield()
end)
coroutine.resume(closing)
print(coroutine.close(closing), coroutine.status(closing))
check("many", (function()
    local n = 0
    for i = 1, 200 do n = n + coroutine.wrap(function() coroutine.yield(i) end)() end
    return n
end)() == 20100)
